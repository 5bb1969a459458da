# Telling an init system what to do with a service (host 1.3): act VERB KIND NAME.

act() {
    verb=$1 kind=$2 name=$3
    # A daemon may keep its starter's output open, so that is a file.
    said=$(mktemp) || exit 1
    case $kind:$verb in
        systemd:start)
            # Its limit counts starts by hand, too; a failed service stays so until it is reset.
            systemctl reset-failed "$name.service" >/dev/null 2>&1
            systemctl "$verb" "$name.service" >"$said" 2>&1
            ;;
        systemd:*) systemctl "$verb" "$name.service" >"$said" 2>&1 ;;
        upstart:start | upstart:stop) initctl "$verb" "$name" >"$said" 2>&1 ;;
        sysv:start | sysv:stop) service "$name" "$verb" >"$said" 2>&1 ;;
        sysv:disable) update-rc.d "$name" disable >"$said" 2>&1 ;;
        sysv:enable) enable_script "$name" >"$said" 2>&1 ;;
        upstart:enable | upstart:disable) write_override "$name" "$4" >"$said" 2>&1 ;;
        *) echo "no $verb for $kind" >"$said" && false ;;
    esac
    code=$?
    section said "$code"
    cat "$said"
    rm -f "$said"
}

enable_script() {
    for link in /etc/rc[0123456S].d/[SK][0-9][0-9]"$1"; do
        if [ -h "$link" ]; then
            update-rc.d "$1" enable
            return
        fi
    done
    update-rc.d "$1" defaults
}

# write_override NAME TEXT: the job's override holds TEXT; without TEXT there is none.
write_override() {
    file=/etc/init/$1.override
    if [ -z "$2" ]; then
        rm -f "$file"
        return
    fi
    # Upstart looks at names that end in .override.
    new=$(mktemp "$file.XXXXXX") || return
    printf '%s' "$2" >"$new" || return
    if [ -e "$file" ]; then
        chmod --reference="$file" "$new" && chown --reference="$file" "$new" || return
    else
        chmod 644 "$new" || return
    fi
    mv -f "$new" "$file"
}
