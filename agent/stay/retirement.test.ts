import { askedIstiod, nextWitness, observed, type Refusal, refused } from './retirement';

/** Hears each witness when it is due, for `seconds`. */
function hear(
  seconds: number,
  { stream = () => false, isReady = false }: { stream?: (n: number) => boolean; isReady?: boolean },
): { readonly certainAfter: number | undefined; readonly asked: number } {
  let refusal: Refusal = refused(undefined, 0);
  let [asked, observations] = [0, 0];
  for (;;) {
    const next = nextWitness(refusal);
    if (next.at > seconds * 1000) return { certainAfter: undefined, asked };
    if (next.do === 'ask-istiod') {
      asked++;
      refusal = askedIstiod(refusal, next.at);
    } else {
      refusal = observed(refusal, { holdsStream: stream(++observations), isReady }, next.at);
    }
    if (refusal.isCertain) return { certainAfter: next.at / 1000, asked };
  }
}

test('refused by the API server and by istiod, without a configuration: certain after two minutes', () => {
  expect(hear(300, {})).toEqual({ certainAfter: 125, asked: 1 });
});

test('an Envoy that may serve is kept for ten minutes more', () => {
  expect(hear(1200, { isReady: true })).toEqual({ certainAfter: 665, asked: 1 });
});

test('a stream that stands at every observation is accepted by istiod: never certain', () => {
  expect(hear(3600, { stream: () => true }).certainAfter).toBeUndefined();
});

test('one that stands twice in a row, as each attempt does for a moment, is not', () => {
  expect(hear(300, { stream: (n) => n % 3 !== 0 }).certainAfter).toBe(125);
});

test('a stream that was accepted, and then is not, starts the wait again', () => {
  expect(hear(600, { stream: (n) => n <= 6 }).certainAfter).toBe(60 + 6 * 5 + 65);
});

test('further refusals do not start the wait again', () => {
  const first = refused(undefined, 1000);
  expect(refused(first, 9000)).toBe(first);
});
