"""Field tables of 5.x's messages, and protobuf's text form."""
