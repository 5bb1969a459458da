# main PID FILE: what the agent's log says of trouble since the process PID was started.

main() {
    pid=$1 file=$2
    if [ ! -r "$file" ]; then
        section missing
        return
    fi
    # Field 22 of stat, in ticks since the machine came up; the name before it may hold blanks.
    ticks=$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print $20 }')
    if [ -z "$ticks" ]; then
        section gone
        return
    fi
    up=$(awk '{ print $1 }' /proc/uptime)
    start=$(awk -v now="$(date +%s.%N)" -v up="$up" -v ticks="$ticks" -v each="$(getconf CLK_TCK)" \
        'BEGIN { printf "%d", now - up + ticks / each }')
    since=$(date -d "@$start" '+%Y.%m.%d %H:%M:%S')
    section since "$since"
    # What was moved aside since then is not looked at.
    section rotated
    for other in "$file".* "${file%.log}".[0-9]* "${file%.log}"-[0-9]*; do
        if [ "$(stat -c %Y "$other" 2>/dev/null || echo 0)" -ge "$start" ]; then
            echo "$other"
        fi
    done
    section lines
    # A line without a time belongs to the one before it.
    awk -v since="$since" '
        {
            stamp = substr($0, 1, 19)
            if (stamp ~ /^[0-9][0-9][0-9][0-9][-.\/][0-9][0-9][-.\/][0-9][0-9][ T][0-9][0-9]:/) {
                gsub(/[-\/]/, ".", stamp)
                sub(/T/, " ", stamp)
                on = (stamp >= since)
            }
        }
        on && /ERROR|already taken|Could not acquire ownership/ { print; if (++found == 50) exit }
    ' "$file"
}
