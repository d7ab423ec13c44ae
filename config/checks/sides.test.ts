import { HEAD, IMAGE, LONG_TERM, tells } from '../../test/workspace';

const F = 'migrations/analytics.yaml';

describe('sides', () => {
  tells([
    [
      'an end for a temporary migration',
      `${HEAD}${IMAGE}ends: split\n`,
      [
        `✖ "split" is an end of a long-term migration, and this one is temporary: declare mode: long-term, or leave ends out → at ends (${F}:7)`,
      ],
    ],
    [
      'a long-term migration without an end',
      `${LONG_TERM}${IMAGE}`,
      [
        `✖ "ends" is missing: a long-term migration ends in onboard (the VM alone), split (fixed weights) or standby (pods take over when the VM dies) → at ends (${F}:1)`,
      ],
    ],
    [
      'no Kubernetes side',
      HEAD,
      [
        `✖ "kubernetes" is missing: a temporary migration needs pods; declare at least kubernetes.image, or mode: long-term with ends: onboard → at kubernetes (${F}:1)`,
      ],
    ],
    [
      'no image',
      `${LONG_TERM}ends: split\nkubernetes:\n  replicas: 2\n`,
      [
        `✖ "image" is missing: ends: split needs pods; declare the container image, or existing: true where pods serve this host already → at kubernetes.image (${F}:8)`,
      ],
    ],
    ['no Kubernetes side where none is needed', `${LONG_TERM}ends: onboard\n`, []],
    [
      'a Kubernetes side that is not used',
      `${LONG_TERM}ends: onboard\n${IMAGE}`,
      [
        `✖ is declared, but ends: onboard leaves the VM alone: leave kubernetes out, or choose ends: split or standby → at kubernetes (${F}:8)`,
      ],
    ],
    [
      'fields that pods which exist already do not heed',
      `${HEAD}kubernetes:\n  existing: true\n  image: a\n  name: b\n`,
      [
        `✖ "image" has no effect, since existing: true leaves the Deployment alone: leave it out → at kubernetes.image (${F}:8)`,
      ],
    ],
  ]);
});
