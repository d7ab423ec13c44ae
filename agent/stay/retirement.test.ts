import { Disowned } from './retirement';

/** A machine at which `seconds` pass, with a look every five of them; returns when it was certain, in seconds. */
async function play(
  seconds: number,
  { stream = () => false, ready = false }: { stream?: (second: number) => boolean; ready?: boolean },
): Promise<{ readonly certainAfter: number | undefined; readonly reconnects: number }> {
  let second = 0;
  let reconnects = 0;
  const disowned = new Disowned(
    {
      reconnect: async () => {
        reconnects++;
      },
      holdsStream: async () => stream(second),
      isReady: async () => ready,
    },
    () => second * 1000,
  );
  disowned.refused();
  for (; second <= seconds; second += 5) {
    if (await disowned.isCertain()) return { certainAfter: second, reconnects };
  }
  return { certainAfter: undefined, reconnects };
}

test('refused by the API server and by istiod, without a configuration: certain after two minutes', async () => {
  expect(await play(300, {})).toEqual({ certainAfter: 125, reconnects: 1 });
});

test('one that may serve is left alone for ten minutes more', async () => {
  expect(await play(1200, { ready: true })).toEqual({ certainAfter: 665, reconnects: 1 });
});

test('a stream that istiod takes is proof to the contrary; one that stands for an instant is not', async () => {
  expect((await play(3600, { stream: () => true })).certainAfter).toBeUndefined();
  expect((await play(300, { stream: (second) => second % 15 !== 0 })).certainAfter).toBe(125);
});

test('an API server that answers again ends the doubt', async () => {
  let second = 0;
  const disowned = new Disowned(
    { reconnect: async () => true, holdsStream: async () => false, isReady: async () => false },
    () => second * 1000,
  );
  expect(await disowned.isCertain()).toBe(false);
  disowned.refused();
  second = 61;
  expect(await disowned.isCertain()).toBe(false);
  disowned.accepted();
  expect(disowned.isRefused).toBe(false);
  second = 200;
  disowned.refused();
  expect(await disowned.isCertain()).toBe(false);
});
