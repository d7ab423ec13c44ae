import { EXISTING, HEAD, IMAGE, LONG_TERM, tells, VALID } from '../../test/workspace';

const F = 'migrations/analytics.yaml';
const PLAN =
  'onboard, pin, deploy, shift-10, shift-25, shift-50, shift-75, shift-100, drain, retire, release, done';

describe('steps', () => {
  const steps = (list: string) => `shift:\n  steps: [${list}]\n`;
  tells([
    [
      'not rising',
      `${HEAD}${IMAGE}${steps('10, 50, 25, 25, 100')}`,
      [
        `✖ 25 follows 50, but the steps of a temporary migration must rise → at shift.steps[2] (${F}:8)`,
        `✖ 25 follows 25, but the steps of a temporary migration must rise → at shift.steps[3] (${F}:8)`,
      ],
    ],
    [
      'not ending at 100',
      `${HEAD}${IMAGE}${steps('10, 50')}`,
      [
        `✖ 50 is the last step, but it must be 100: a temporary migration ends with everything in Kubernetes → at shift.steps[1] (${F}:8)`,
      ],
    ],
    [
      'from 0',
      `${HEAD}${IMAGE}${steps('0, 100')}`,
      [`✖ 0 must be from 1 to 100: a step of a temporary migration → at shift.steps[0] (${F}:8)`],
    ],
    [
      'no percentage',
      `${HEAD}${IMAGE}${steps('10, 120')}`,
      [`✖ 120 must be a whole percentage from 0 to 100 → at shift.steps[1] (${F}:8)`],
    ],
    [
      'none',
      `${HEAD}${IMAGE}${steps('')}`,
      [`✖ is empty: list shares of Kubernetes in percent, or leave shift out → at shift.steps (${F}:8)`],
    ],
    [
      '100 in a split',
      `${LONG_TERM}ends: split\n${IMAGE}${steps('50, 100')}`,
      [`✖ 100 must be from 1 to 99: a step of a split → at shift.steps[1] (${F}:10)`],
    ],
    ['a split', `${LONG_TERM}ends: split\n${IMAGE}${steps('5, 20')}`, []],
    [
      'rising where pods serve already',
      `${LONG_TERM}ends: split\n${EXISTING}${steps('50, 75')}`,
      [
        `✖ 75 follows 50, but the steps of a split where pods serve already must fall → at shift.steps[1] (${F}:10)`,
      ],
    ],
    [
      'a split where pods serve already',
      `${LONG_TERM}ends: split\n${EXISTING}${steps('75, 50')}`.replace('onboard', 'prepare'),
      [],
    ],
    [
      'standby where pods serve already',
      `${LONG_TERM}ends: standby\n${EXISTING}${steps('75, 50')}`,
      [
        `✖ 50 is the last step, but it must be 0: in standby the VM serves everything while it lives → at shift.steps[1] (${F}:10)`,
      ],
    ],
    ['a temporary migration where pods serve already', `${HEAD}${EXISTING}${steps('50, 100')}`, []],
    [
      'standby, where nothing shifts',
      `${LONG_TERM}ends: standby\n${IMAGE}${steps('50')}`,
      [`✖ nothing shifts on the way to ends: standby: leave shift out → at shift.steps (${F}:10)`],
    ],
    [
      'the VM alone, where nothing shifts',
      `${LONG_TERM}ends: onboard\n${steps('50')}`,
      [`✖ nothing shifts on the way to ends: onboard: leave shift out → at shift.steps (${F}:9)`],
    ],
  ]);
});

describe('phase', () => {
  tells([
    [
      'that is misspelt',
      VALID.replace('onboard', 'shift-57'),
      [`✖ "shift-57" is not in the plan, which is ${PLAN}; did you mean "shift-50"? → at phase (${F}:2)`],
    ],
    [
      'that is near none',
      VALID.replace('onboard', 'finished'),
      [`✖ "finished" is not in the plan, which is ${PLAN} → at phase (${F}:2)`],
    ],
    [
      'of another mode',
      `${LONG_TERM}ends: standby\n${IMAGE}`.replace('onboard', 'done'),
      [`✖ "done" is not in the plan, which is onboard, pin, deploy, arm, standby → at phase (${F}:2)`],
    ],
  ]);
});
