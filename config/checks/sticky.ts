import { milliseconds } from '../schema/duration';
import type { Check } from './check';

export const stickySessions: Check = {
  reads: [['shift'], ['ports'], ['rules'], ['ends'], ['mode']],
  run({ migration }, report) {
    const { ports, rules, steps, sticky } = migration;
    if (!sticky) return;
    const { cookie, maxAge, header } = sticky;
    const path = ['shift', 'sticky'];
    if (cookie === undefined && header === undefined)
      report(path, 'says nothing to know a caller by: declare cookie and maxAge, or header');
    if ((cookie === undefined) !== (maxAge === undefined))
      report(path, 'a cookie and its maxAge belong together: declare both');
    if (maxAge !== undefined && milliseconds(maxAge) % 1000 !== 0)
      report([...path, 'maxAge'], 'a cookie counts whole seconds: round it');
    if (steps.length === 0) report(path, 'nothing shifts in this migration: leave it out');
    if (!ports.some(({ routing }) => routing === 'http'))
      report(path, 'is for requests of http, and no port is: a connection of tcp holds no cookie or header');
    rules.forEach(({ match = [] }, index) => {
      match.forEach(({ headers = {} }, nth) => {
        const names = Object.keys(headers).map((name) => name.toLowerCase());
        for (const name of [cookie === undefined ? undefined : 'cookie', header])
          if (name !== undefined && names.includes(name))
            report(
              ['rules', index, 'match', nth, 'headers', name],
              'is the header that sessions are kept by, and a condition can ask for one value of it: use another header, or leave shift.sticky out',
            );
      });
    });
  },
};
