import { SYSTEM } from '../../test/system';
import { SCENARIOS } from './scenarios';

test.each(SCENARIOS.map(({ name, system = [] }) => [name, system] as const))(
  '%s needs what test/system.js knows',
  (_, system) => {
    expect(Object.keys(SYSTEM)).toEqual(expect.arrayContaining([...system]));
  },
);
