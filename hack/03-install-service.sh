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

port=$(http_port)
answers() { on_vm curl -fsS -m 2 "http://127.0.0.1:$port/" < /dev/null; }
if service_is_foreign; then
  done_ "$VM has a unit $NAME of its own, which is left as it is"
else
  [ -n "$EXEC" ] || [ -n "$port" ] || fail 'no http port is rendered' 'say with --exec what the unit runs'
  folder=/srv/$NAME
  # A request to a folder is answered with its index: the machine's name, so that answers can be counted.
  printf '%s\n' "$(on_vm hostname < /dev/null)" | to_vm "$folder/index.html" 0644
  on_vm chmod 0755 "$folder" < /dev/null
  to_vm "/etc/systemd/system/$NAME.service" 0644 << UNIT
$UNIT_MARK
[Unit]
Description=$NAME, as it runs before it moves
After=network.target

[Service]
WorkingDirectory=$folder
ExecStart=${EXEC:-/usr/bin/python3 -m http.server $port}
Restart=always

[Install]
WantedBy=multi-user.target
UNIT
  on_vm systemctl daemon-reload < /dev/null
  on_vm systemctl enable --quiet "$NAME" < /dev/null
  on_vm systemctl restart "$NAME" < /dev/null || fail "$NAME does not start on $VM" "on the machine: journalctl -u $NAME"
fi
[ -z "$port" ] || wait_for 15 '' answers || fail "the service does not answer on port $port of $VM" "on the machine: journalctl -u $NAME"
done_ "$NAME runs on $VM${port:+ and answers on port $port}"
finish 'hack/04-find-network.sh'
