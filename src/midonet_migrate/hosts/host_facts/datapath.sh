# datapath: a section with the ports of the datapath 'midonet', and the status of mm-dpctl.

datapath() {
    command -v mm-dpctl >/dev/null 2>&1 || return
    # One jar in 5.x, one with its version in the name in 1.9 (host 1.2).
    if [ -e /usr/share/midolman/midolman.jar ]; then
        said=$(timeout 60 mm-dpctl datapath --show midonet 2>&1)
    else
        said=$(timeout 60 mm-dpctl --show-dp midonet 2>&1)
    fi
    code=$?
    section datapath "$code"
    printf '%s\n' "$said" | grep -E '^(Port|Datapath name)|not find|ERROR|Error'
}
