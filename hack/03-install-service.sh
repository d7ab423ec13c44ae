#!/usr/bin/env bash
PURPOSE='Installs the service on the machine as a systemd unit: the thing that is to move.'
EXAMPLES='  hack/03-install-service.sh
  hack/03-install-service.sh --exec "/usr/local/bin/serve"'
OPTIONS='  --exec COMMAND     what the unit runs (default: python3 -m http.server on the first http port)
'
# shellcheck source=hack/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
EXEC=
option() { case $1 in --exec) EXEC=$2 ;; *) return 1 ;; esac; }
begin "$@"
need_vm

port=$(tr ' ' '\n' <<< "$PORTS" | sed -n 's/^http[^=]*=//p' | head -n 1)
[ -n "$EXEC" ] || [ -n "$port" ] || fail 'no http port is rendered' 'say with --exec what the unit runs'
folder=/srv/$MIGRATION
printf '%s\n' "$(vm_name)" | to_vm "$folder/index.html" 0644
to_vm "/etc/systemd/system/$MIGRATION.service" 0644 << UNIT
[Unit]
Description=$MIGRATION, as it runs before it moves
After=network.target

[Service]
WorkingDirectory=$folder
Environment=NAME=$(vm_name)
ExecStart=${EXEC:-/usr/bin/python3 -m http.server $port}
Restart=always

[Install]
WantedBy=multi-user.target
UNIT
on_vm chmod 0755 "$folder"
on_vm systemctl daemon-reload
on_vm systemctl enable --quiet "$MIGRATION"
on_vm systemctl restart "$MIGRATION"
answers() { on_vm curl -fsS -m 2 "http://127.0.0.1:$port/"; }
[ -z "$port" ] || wait_for 15 '' answers || fail "the service does not answer on port $port of $VM" "on the machine: journalctl -u $MIGRATION"
done_ "$MIGRATION runs on $VM${port:+ and answers on port $port}"
finish 'hack/04-find-network.sh'
