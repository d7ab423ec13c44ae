import type { Answer } from './traffic';

/** What is wrong with the answers to one sort of request while some changes have arrived and others have not. */
export function* judgeMixture(now: Answer, before: Answer, after: Answer) {
  for (const subset of now.missing)
    yield {
      id: 'MF601',
      about: subset,
      message: `a route names ${subset}, ${subset.startsWith('subset') ? 'which no DestinationRule has then' : 'which is not there then'}: they fail`,
      fix: `add a ${subset.startsWith('subset') ? 'subset' : 'Service'} a phase before a route names it, and remove it a phase after the last route that did`,
    };
  for (const subset of now.empty)
    yield {
      id: 'MF602',
      about: subset,
      message: `${subset} gets a share and has no endpoints: they fail`,
      fix: 'start endpoints a phase before they get a share, and stop them a phase after they had one',
    };
  const mixed = [...new Set(now.unsplit)].sort();
  if (mixed.length > 0 && !(before.unsplit.length > 0 && after.unsplit.length > 0))
    yield {
      id: 'MF604',
      about: mixed.join(),
      message: `${mixed.join(' and ')} answer side by side, and nothing says how much each gets`,
      fix: 'have a VirtualService say which side serves before both are there, and until one is gone',
    };
  else
    for (const [endpoint, share] of now.share) {
      const most = Math.max(before.share.get(endpoint) ?? 0, after.share.get(endpoint) ?? 0);
      if (share <= most + 1e-9) continue; // weights that do not add up to 100 are scaled
      yield {
        id: 'MF603',
        about: endpoint,
        message: `${endpoint} gets up to ${share} %, more than the ${most} % that the two phases give it`,
        fix: 'change in one phase only objects that need not wait for each other',
      };
    }
  const answered = ({ share }: Answer) => share.size > 0;
  if (answered(before) && answered(after) && !answered(now) && now.missing.length + now.empty.length === 0)
    yield {
      id: 'MF605',
      about: '',
      message: 'nothing answers them, though both phases do',
      fix: 'replace an object in place, or add the new one a phase before the old one goes',
    };
}
