"""What the stand-ins of both REST APIs, 1.9's and 5.x's, share."""
