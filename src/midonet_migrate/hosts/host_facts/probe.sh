# Everything about a host in one go; reads only. main BACKUP_DIRECTORY... -- USER...
# Each part has a section of its own; one that fails leaves its section empty, and the others go on.

main() {
    section clock
    date +%s.%N
    directories=
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        directories="$directories
$1"
        shift
    done
    [ $# -gt 0 ] && shift
    kind=$(init_kind)
    section init "$kind"
    section name
    hostname
    section system
    id -u
    uname -m
    uname -r
    distribution
    packages
    section_java
    config_files "$@"
    contents "$@"
    plugin_v2
    network
    section memory
    grep -E '^(MemTotal|MemFree|MemAvailable|Buffers|Cached):' /proc/meminfo
    disks "$directories"
    section processes
    # The pattern must not find the grep itself.
    ps -eo args= 2>/dev/null | grep -E '([p]uppet|[c]hef-client|[s]alt-minion|[c]f-(agent|execd)|[a]nsible-pull)'
    datapath
    service_states "$kind" $SERVICE_NAMES
    section clock-end
    date +%s.%N
}

distribution() {
    section os-release
    cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
    section release-file
    cat /etc/redhat-release /etc/lsb-release /etc/debian_version 2>/dev/null
}

packages() {
    if [ -e /var/lib/dpkg/status ] && command -v dpkg-query >/dev/null 2>&1; then
        section dpkg
        dpkg-query -W -f '${Package}\t${Version}\t${Status}\n' 2>&1
    elif command -v rpm >/dev/null 2>&1; then
        section rpm
        rpm -qa --qf '%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\n' 2>&1
        section versionlock
        cat /etc/yum/pluginconf.d/versionlock.list /etc/dnf/plugins/versionlock.list 2>/dev/null
        section unfinished
        for file in /var/lib/yum/transaction-all.*; do
            # yum-complete-transaction --cleanup-only calls those so that it has set aside.
            case $file in *.disabled) ;; *) cat "$file" 2>/dev/null ;; esac
        done
    fi
}

section_java() {
    default=$(command -v java 2>/dev/null)
    section java-default
    [ -n "$default" ] && readlink -f "$default"
    section java-mode
    { update-alternatives --query java || alternatives --display java; } 2>/dev/null | head -n 12
    seen=' '
    for java in "$default" /usr/lib/jvm/*/jre/bin/java /usr/lib/jvm/*/bin/java /usr/java/*/jre/bin/java \
        /usr/java/*/bin/java /opt/*/bin/java; do
        [ -n "$java" ] && [ -x "$java" ] || continue
        real=$(readlink -f "$java")
        case $seen in *" $real "*) continue ;; esac
        seen="$seen$real "
        said=$(timeout 60 "$real" -version 2>&1)
        code=$?
        section java "$code" "$real"
        printf '%s\n' "$said" | head -n 5
    done
}

config_files() {
    section files
    for file in /etc/neutron/neutron.conf /etc/neutron/plugin.ini /etc/neutron/dhcp_agent.ini \
        /etc/neutron/metadata_agent.ini /etc/neutron/plugins/midonet/*.ini /etc/default/neutron-server \
        /etc/midonet/midonet.conf /etc/midolman/*.conf /etc/midolman/*.sh /etc/midolman/*.xml \
        /etc/midolman/host_uuid.properties /etc/midonet_host_id.properties /etc/midonet-cluster/* \
        /usr/share/midonet-api/WEB-INF/web.xml /usr/share/midonet-api/WEB-INF/classes/logback.xml \
        /etc/tomcat*/server.xml /etc/tomcat*/Catalina/localhost/*.xml /etc/init/midolman.override \
        /var/www/html/midonet-manager/config/client.js \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/preferences.d/* /etc/yum.conf \
        /etc/yum.repos.d/*.repo; do
        hash_of "$file"
    done
    plugin=$(plugin_file)
    [ -n "$plugin" ] && hash_of "$plugin"
    for user in "$@"; do
        home=$(home_of "$user")
        [ -n "$home" ] && hash_of "$home/.midonetrc"
    done
}

hash_of() {
    if [ -f "$1" ]; then
        # From stdin: sha256sum would mark names with odd characters.
        digest=$(sha256sum 2>/dev/null <"$1") && printf '%s %s\n' "${digest%% *}" "$1" || printf '? %s\n' "$1"
    fi
}

home_of() {
    getent passwd "$1" 2>/dev/null | cut -d : -f 6
}

# The file that Ubuntu's neutron-server gets beside neutron.conf.
plugin_file() {
    sed -n 's/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}NEUTRON_PLUGIN_CONFIG=//p' \
        /etc/default/neutron-server 2>/dev/null | tail -n 1 | tr -d "\"'"
}

# What the facts are taken from; of files with passwords only the lines that matter.
contents() {
    for file in /etc/midonet_host_id.properties /etc/midolman/host_uuid.properties \
        /etc/midolman/midolman.conf /usr/share/midonet-api/WEB-INF/web.xml; do
        if [ -r "$file" ]; then
            section file "$file"
            cat "$file"
        fi
    done
    keep '^[[:space:]]*(\[|root_key|zookeeper_hosts)' /etc/midonet/midonet.conf
    for user in "$@"; do
        home=$(home_of "$user")
        [ -n "$home" ] && keep '^[[:space:]]*(\[|root_key|zookeeper_hosts)' "$home/.midonetrc"
    done
    keep '^(\[|core_plugin|service_plugins)' /etc/neutron/neutron.conf
    for file in "$(plugin_file)" /etc/neutron/plugin.ini /etc/neutron/plugins/midonet/midonet.ini \
        /etc/neutron/plugins/midonet/midonet_plugin.ini; do
        [ -n "$file" ] && keep '^(\[|client[[:space:]]*[=:])' "$file"
    done
    for file in /etc/midolman/midolman-env.sh /etc/default/midolman /etc/environment; do
        keep '^[[:space:]]*(export[[:space:]]+)?MIDO_ZOOKEEPER_ROOT_KEY=' "$file"
    done
}

# keep PATTERN FILE
keep() {
    if [ -r "$2" ]; then
        section file "$2"
        grep -E "$1" "$2"
    fi
}

plugin_v2() {
    python=
    for name in python2 python2.7 python; do
        command -v "$name" >/dev/null 2>&1 && python=$name && break
    done
    for place in $("${python:-:}" -c 'import sys; print("\n".join(sys.path))' 2>/dev/null) \
        /usr/lib/python2.7/dist-packages /usr/lib/python2.7/site-packages \
        /usr/local/lib/python2.7/dist-packages /usr/local/lib/python2.7/site-packages; do
        if [ -d "$place/midonet/neutron" ]; then
            section plugin "$place"
            ls "$place/midonet/neutron"
        fi
    done
}

network() {
    section macs
    cat /sys/class/net/*/address 2>/dev/null || ip -o link show 2>/dev/null | sed -n 's/.*link\/ether \([^ ]*\).*/\1/p'
    section addresses
    ip -o addr show 2>/dev/null | awk '{ print $4 }'
    for protocol in tcp tcp6 udp udp6; do
        section sockets "$protocol"
        # 0A: listening; 07: a datagram socket without peer.
        awk '$4 == "0A" || $4 == "07" { print $2 }' "/proc/net/$protocol" 2>/dev/null
    done
}

# disks DIRECTORIES: what is free where each of them is, or would be.
disks() {
    printf '%s\n' /var /var/db/midolman /usr "$1" | while IFS= read -r directory; do
        case $directory in
            /*) ;;
            *) continue ;;
        esac
        there=$directory
        while [ ! -d "$there" ]; do
            there=${there%/*}
            [ -n "$there" ] || there=/
        done
        section disk "$directory"
        df -P -k "$there" 2>&1
    done
}
