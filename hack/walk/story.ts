import { join } from 'node:path';
import { shellWord } from '../../text/shell';
import type { Narrator } from './narrator';
import type { Traffic } from './traffic';
import { VM, type Walk } from './walk';

/** Where a walk may stop, for a person to go on. */
export const STOPS = ['onboard', 'done'] as const;
export type Stop = (typeof STOPS)[number];

/** The page of the even split, for a person to open after the walk. */
export const PAGE = join(__dirname, '../../meshferry-walk.html');

/** The walk-through in its own order: until the machine is in the mesh, then until it is gone. */
export async function tell(narrator: Narrator, walk: Walk, traffic: Traffic, until: Stop): Promise<void> {
  await onboard(narrator, walk, traffic);
  if (until === 'onboard') return;
  await migrate(narrator, walk);
}

async function onboard(narrator: Narrator, walk: Walk, traffic: Traffic): Promise<void> {
  await narrator.chapter(
    'The network of the mesh',
    `The machine can reach the addresses of pods, so it uses the same network as Istio. The WorkloadGroup has to name it.`,
  );
  await narrator.sh('kubectl get namespace istio-system -L topology.istio.io/network');
  narrator.look('the last column: network1.');

  await narrator.chapter(
    'The service before the VM joins',
    `Pods of the demo application serve "analytics". A load calls it through the client's sidecar from here to the end.`,
  );
  await walk.deployDemo();
  await narrator.sh('kubectl -n smm-demo get service,deployment');
  await narrator.sh('cat migrations/analytics.yaml');
  await narrator.sh('npx meshferry plan analytics');
  narrator.look('the phases from top to bottom: each is one pull request.');
  traffic.start();

  await narrator.chapter(
    'Routes that keep the VM without a share',
    `A VM that joins beside pods gets its share of the requests at once. Two phases come first: "prepare" names both
sides, "guard" sends everything to the pods.`,
  );
  await walk.start(narrator);
  await walk.next(narrator);

  await narrator.chapter(
    'The WorkloadGroup, and the mTLS settings',
    `The phase "onboard" adds the WorkloadGroup "analytics-v0", and a PeerAuthentication that lets callers outside the
mesh in without encryption. Its selector matches the VM alone.`,
  );
  await walk.next(narrator);
  await narrator.sh('kubectl -n smm-demo get workloadgroup analytics-v0 -o yaml | grep -A30 ^spec');
  await narrator.sh('kubectl -n smm-demo get peerauthentication');

  await narrator.chapter('The "VM", as a container', 'systemd runs in it, as on a machine of yours.');
  await narrator.sh(`docker run -d --rm --privileged --cgroupns=host --name ${VM} --hostname ${VM} --network=kind \\
  --tmpfs /tmp --tmpfs /run --tmpfs /run/lock -v /sys/fs/cgroup:/sys/fs/cgroup $MESHFERRY_LAB_VM_IMAGE > /dev/null
until docker exec ${VM} systemctl is-system-running 2> /dev/null | grep -Eq 'running|degraded'; do sleep 0.5; done`);

  await narrator.chapter(
    'Its service',
    'The workload runs before the machine is registered: a systemd unit that answers with the name of the machine.',
  );
  await narrator.sh(`docker exec -i ${VM} bash -e <<'SCRIPT'
cat > /lib/systemd/system/smm-demo-analytics.service <<EOF
[Unit]
Description=SMM demo app - analytics
After=network-online.target

[Service]
ExecStart=/usr/local/bin/serve
Restart=on-failure

[Install]
WantedBy=multi-user.target
EOF
systemctl enable --quiet --now smm-demo-analytics.service
for _ in $(seq 50); do curl -fsS http://127.0.0.1:8080/ 2> /dev/null && exit; sleep 0.2; done
exit 1
SCRIPT`);

  await narrator.chapter(
    'What the agent has to know',
    `The address of the machine, the address of the ingress, and a token of the agent's own ServiceAccount. The token goes
from the cluster to the machine two steps on; no file and no command line holds it.`,
  );
  await narrator.sh(
    `docker exec ${VM} ip -o -4 address show dev eth0 | awk '{ sub(/\\/.*/, "", $4); print $4 }' | tee .git/node-ip`,
  );
  await narrator.sh(
    `kubectl -n istio-system get service istio-ingressgateway -o jsonpath='{.status.loadBalancer.ingress[0].ip}{"\\n"}'`,
  );

  await narrator.chapter(
    'Install the agent',
    `The line is an annotation in dist/mesh/agent/manifests.yaml, so git holds it. It runs the script only if the script's
checksum is the one in the line.`,
  );
  await narrator.sh(`docker exec ${VM} bash -c ${shellWord(walk.installLine)}`);

  await narrator.chapter(
    'Configure the agent',
    'Three settings: which WorkloadGroup, which address, which token.',
  );
  await narrator.sh(`docker exec ${VM} meshferry-agent set workload-group smm-demo analytics-v0`);
  await narrator.sh(`docker exec ${VM} meshferry-agent set node-ip "$(cat .git/node-ip)"`);
  await narrator.sh(`kubectl -n smm-demo create token analytics-v0-agent --duration 1h |
  docker exec -i ${VM} meshferry-agent set bearer-token -`);

  await narrator.chapter(
    'Reconcile',
    'The agent configures and starts Istio, registers the machine, and stays to keep it up to date.',
  );
  await narrator.sh(`docker exec ${VM} meshferry-agent reconcile`);
  await walk.joined();

  await narrator.chapter(
    'Connectivity',
    'The machine has a WorkloadEntry, it is healthy, and callers can reach it.',
  );
  await narrator.sh('kubectl -n smm-demo get workloadentry -L app,version');
  await narrator.sh(`docker exec ${VM} meshferry-agent status`);
  narrator.look(await traffic.measure('onboard, joined', 1));
}

async function migrate(narrator: Narrator, walk: Walk): Promise<void> {
  await narrator.chapter(
    'An even split',
    'The phase "shift-50" gives the VM and the pods half of the requests each. Nobody clicks a weight: it is a commit.',
  );
  await walk.next(narrator);
  await narrator.sh('git log --oneline --first-parent -4');
  await narrator.sh(
    `kubectl -n smm-demo get virtualservice analytics -o jsonpath='{.spec.http[0].route}' | jq -c '.[]'`,
  );
  // While both sides serve, since that is when there is something to see.
  await narrator.sh(`npx meshferry report --output ${shellWord(PAGE)}`);

  await narrator.chapter(
    'The Kubernetes workload',
    'The pods are about to carry everything, so a second one is started before the shift goes on.',
  );
  await narrator.sh(`kubectl -n smm-demo scale deployment analytics-v1 --replicas 2
kubectl -n smm-demo rollout status deployment analytics-v1 --timeout 90s`);

  await narrator.chapter(
    'Traffic shifting',
    'Each step is a pull request, gated by what the cluster says. Reverting one takes the step back.',
  );
  for (const _ of ['shift-75', 'shift-90', 'shift-100']) await walk.next(narrator);

  await narrator.chapter(
    'The VM leaves',
    `"drain" takes the VM out of the routes, "retire" takes it out of the mesh: the agent sees that its WorkloadGroup is
gone, lets open requests end, and stops Istio.`,
  );
  await walk.next(narrator);
  await walk.next(narrator);
  await walk.left();
  await narrator.sh('kubectl -n smm-demo get workloadentry,workloadgroup');

  await narrator.chapter(
    'Delete the "VM"',
    'Nothing needs it any more. The last phases remove the traffic shifting rules.',
  );
  await narrator.sh(`docker rm -f ${VM} > /dev/null`);
  await walk.next(narrator);
  await walk.next(narrator);
  await narrator.sh('kubectl -n smm-demo get virtualservice,destinationrule,deployment');
}
