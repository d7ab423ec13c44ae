import type { Migration } from '../resolve';
import { routingOf } from '../routing-output';
import type { Mesh } from '../schema/schema';
import type { Report } from './check';
import { tellGatewayApi } from './gateway-api';

/** Istio translates routes whose parent is a Service for sidecars, and watches v1 of all but TCPRoute, since 1.22. */
const FIRST_ISTIO = 22;

/** What of a migration does not fit the mesh that it is in. */
export function tellMesh(migration: Migration, mesh: Mesh, report: Report): void {
  const { ends, vm } = migration;
  const [major = 0, minor = 0] = mesh.istio.split('.').map(Number);
  const since = (first: number) => major > 1 || minor >= first;
  // Before, pods would get requests that are the VM's.
  if (ends === 'standby' && !since(18))
    report(
      ['ends'],
      `standby needs Istio 1.18 or later, and mesh.yaml says ${mesh.istio}: choose split, or update Istio first`,
    );
  if (vm.probe?.grpc && !since(25))
    report(
      ['vm', 'probe', 'grpc'],
      `a machine is asked by gRPC from Istio 1.25 on, and mesh.yaml says ${mesh.istio}: use tcpSocket, or update Istio first`,
    );
  if (routingOf(migration, mesh) === 'istio') return;
  if (migration.routing === undefined) tellGatewayApi(migration, report);
  if (!since(FIRST_ISTIO))
    report(
      ['routing'],
      `${routingOf(migration, mesh)} needs Istio 1.${FIRST_ISTIO} or later, and mesh.yaml says ${mesh.istio}: choose istio, or update Istio first`,
    );
}
