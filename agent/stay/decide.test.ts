import fc from 'fast-check';
import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { decide } from './decide';
import type { Action, MachineAction } from './keeper-action';
import { initialState, type KeeperEvent, type KeeperState, nextState } from './keeper-state';

const GROUP: WorkloadGroup = {
  metadata: { name: 'analytics-v0', namespace: 'smm-demo' },
  spec: { template: { ports: { http: 8080 } }, probe: { httpGet: { port: 8080 } } },
};
const entry = (health?: 'True' | 'False', ports = { http: 8080 }, disconnected = false): WorkloadEntry => ({
  metadata: {
    name: 'analytics-v0-10.0.0.5',
    annotations: {
      'proxy.istio.io/health-checks-enabled': 'true',
      ...(disconnected && { 'istio.io/disconnectedAt': '2026-01-01T00:00:00Z' }),
    },
  },
  spec: { ports },
  ...(health && { status: { conditions: [{ type: 'Healthy', status: health }] } }),
});
const NAME = entry().metadata.name;

/** An agent at work: events at their times, and what it decides. */
class Play {
  state: KeeperState;
  now = 1_000_000;

  constructor() {
    this.state = initialState(this.now);
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  event(event: KeeperEvent): this {
    this.state = nextState(this.state, event, this.now);
    return this;
  }

  get next(): Action {
    return decide(this.state, this.now);
  }

  /** Carries out what is due, as if it took no time, until something else than an inspection is to be done. */
  get nextBesideInspection(): Action {
    if (this.next.do === 'inspect') this.event({ type: 'began', action: this.next });
    return this.next;
  }

  /** Waits as often as it decides to, inspecting the machine meanwhile; gives the first other action. */
  until(ms = 3_600_000): { readonly action: Action; readonly waited: number } {
    const began = this.now;
    for (;;) {
      const { next } = this;
      if (next.do === 'wait' && this.now + next.ms > began + ms) return { action: next, waited: ms };
      if (next.do === 'wait') this.after(next.ms);
      else if (next.do === 'inspect') this.event({ type: 'began', action: next });
      else return { action: next, waited: this.now - began };
    }
  }

  begin(): this {
    return this.event({ type: 'began', action: this.next as MachineAction });
  }
}

/** An agent whose machine is in the mesh and gets traffic. */
function joined(): Play {
  const play = new Play();
  play.event({ type: 'answered' }).event({ type: 'group', group: GROUP });
  expect(play.nextBesideInspection).toEqual({ do: 'converge', why: 'start' });
  play
    .begin()
    .event({ type: 'facts-read', addresses: ['10.0.0.5'] })
    .event({ type: 'converged', entryName: NAME, restarted: false, replaced: false })
    .event({ type: 'entry', entry: entry('True') });
  expect(play.next.do).toBe('wait');
  return play;
}

describe('an agent that starts', () => {
  test('inspects the machine first, and converges once it knows the group', () => {
    const play = new Play();
    expect(play.next).toEqual({ do: 'inspect' });
    expect(play.begin().next).toEqual({ do: 'wait', ms: 5000 });
    expect(play.event({ type: 'group', group: GROUP }).next).toEqual({ do: 'converge', why: 'start' });
  });

  test('collects the changes of several watches for 0.2 s', () => {
    const play = new Play().begin();
    play.event({ type: 'group', group: GROUP }).event({ type: 'changed', why: 'analytics-v0 changed' });
    expect(play.next).toEqual({ do: 'wait', ms: 200 });
    play.after(150).event({ type: 'changed', why: 'istio changed' });
    expect(play.next).toEqual({ do: 'wait', ms: 50 });
    expect(play.after(50).next).toEqual({ do: 'converge', why: 'start' });
  });

  test('without an API server waits, and inspects the machine every 30 s', () => {
    const play = new Play().begin();
    expect(play.after(29_999).next.do).toBe('wait');
    expect(play.after(1).next).toEqual({ do: 'inspect' });
  });
});

describe('an agent whose machine gets traffic', () => {
  test('compares everything after five minutes', () => {
    expect(joined().until()).toEqual({
      action: { do: 'converge', why: 'the regular comparison' },
      waited: 300_000,
    });
  });

  test('follows a change after 0.2 s, and says what changed first', () => {
    const play = joined()
      .event({ type: 'changed', why: 'istio changed' })
      .event({ type: 'changed', why: 'istio-ca-root-cert changed' });
    expect(play.until()).toEqual({ action: { do: 'converge', why: 'istio changed' }, waited: 200 });
  });

  test('follows a change that comes while it converges', () => {
    const play = joined().event({ type: 'changed', why: 'istio changed' }).after(200).begin();
    play
      .event({ type: 'changed', why: 'analytics-v0 changed' })
      .event({ type: 'facts-read', addresses: ['10.0.0.5'] })
      .event({ type: 'converged', entryName: NAME, restarted: false, replaced: false });
    expect(play.until().action).toEqual({ do: 'converge', why: 'analytics-v0 changed' });
  });

  test('follows an address more', () => {
    const play = joined().event({ type: 'addresses', addresses: ['10.0.0.5', '10.0.0.6'] });
    expect(play.next).toEqual({ do: 'converge', why: "the machine's addresses changed" });
  });

  test('starts again where an address is gone, since connections from it are dead', () => {
    const play = joined().event({ type: 'addresses', addresses: ['10.0.0.6'] });
    expect(play.next).toEqual({ do: 'stop', why: 'an address of the machine is gone' });
  });

  test('starts again with another configuration', () => {
    const play = joined().event({ type: 'outdated', why: 'another token was set' });
    expect(play.next).toEqual({ do: 'stop', why: 'another token was set' });
  });
});

describe('a converge that fails', () => {
  const fail = (play: Play) => play.event({ type: 'failed', action: 'converge', random: 1 });

  test('before the facts are read is repeated after 0.5 s, 1 s, 2 s, … 30 s', () => {
    const play = joined().event({ type: 'changed', why: 'istio changed' }).after(200);
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      const { action, waited } = fail(play.begin()).until();
      expect(action).toEqual({ do: 'converge', why: 'istio changed' });
      waits.push(waited);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('is repeated at once when something changes', () => {
    const play = joined().event({ type: 'changed', why: 'istio changed' }).after(200);
    for (let n = 0; n < 8; n++) {
      fail(play.begin());
      play.until();
    }
    fail(play.begin()).event({ type: 'changed', why: 'analytics-v0 changed' });
    expect(play.until()).toEqual({ action: { do: 'converge', why: 'istio changed' }, waited: 200 });
  });

  test('after they are read is not repeated before the regular comparison: it would cut the machine off again and again', () => {
    const play = joined().event({ type: 'changed', why: 'istio changed' }).after(200).begin();
    fail(play.event({ type: 'facts-read', addresses: ['10.0.0.5'] }));
    expect(play.until()).toEqual({
      action: { do: 'converge', why: 'the regular comparison' },
      waited: 300_000,
    });
  });

  test('and succeeds later starts from 0.5 s again', () => {
    const play = joined().event({ type: 'changed', why: 'x' }).after(200);
    fail(play.begin());
    play.until();
    play
      .begin()
      .event({ type: 'facts-read', addresses: [] })
      .event({ type: 'converged', entryName: NAME, restarted: false, replaced: false });
    play.event({ type: 'changed', why: 'y' }).after(200).begin();
    expect(fail(play).until().waited).toBe(500);
  });
});

describe('a machine out of traffic', () => {
  test('without an entry has its connection reset after 4 s', () => {
    const play = joined().event({ type: 'entry', entry: undefined });
    expect(play.until()).toEqual({ action: { do: 'reconnect', entry: undefined }, waited: 4000 });
  });

  test.each([
    ['without health', entry()],
    ['with an entry that istiod marked as disconnected', entry('True', { http: 8080 }, true)],
  ])('%s has it reset after 0.5 s', (_, out) => {
    const play = joined().event({ type: 'entry', entry: out });
    expect(play.until()).toEqual({ action: { do: 'reconnect', entry: out }, waited: 500 });
  });

  test('has it reset ever later, since istiod may be away, and soon again once it got traffic', () => {
    const play = joined().event({ type: 'entry', entry: undefined });
    const waits: number[] = [];
    for (let n = 0; n < 6; n++) {
      waits.push(play.until().waited);
      play.begin().event({ type: 'reconnected' });
    }
    expect(waits).toEqual([4000, 14_000, 24_000, 44_000, 84_000, 84_000]);
    play.event({ type: 'entry', entry: entry('True') }).event({ type: 'entry', entry: undefined });
    expect(play.until().waited).toBe(4000);
  });

  test('because its probe fails is left alone: a new connection would not help', () => {
    const play = joined().event({ type: 'entry', entry: entry('False') });
    expect(play.state).toMatchObject({ registered: true, healthy: false });
    expect(play.until(299_999).action.do).toBe('wait');
  });

  test('is left alone while the API server does not answer, and the entry may be an old one', () => {
    const play = joined()
      .event({ type: 'entry', entry: undefined })
      .event({ type: 'watch-failed', refused: false });
    expect(play.until(299_999).action.do).toBe('wait');
    expect(play.event({ type: 'answered' }).next).toEqual({ do: 'reconnect', entry: undefined });
  });

  test('is given 4 s more after a restart of Istio', () => {
    const play = joined().event({ type: 'changed', why: 'x' }).after(200).begin();
    play
      .event({ type: 'facts-read', addresses: [] })
      .event({ type: 'converged', entryName: NAME, restarted: true, replaced: false })
      .event({ type: 'entry', entry: undefined });
    expect(play.until()).toEqual({ action: { do: 'reconnect', entry: undefined }, waited: 8000 });
  });

  test('under another name from now on has 4 s for it', () => {
    const play = joined().event({ type: 'changed', why: 'x' }).after(200).begin();
    play
      .event({ type: 'facts-read', addresses: [] })
      .event({ type: 'converged', entryName: 'another', restarted: false, replaced: false });
    expect(play.state.entry).toBeUndefined();
    expect(play.until()).toEqual({ action: { do: 'reconnect', entry: undefined }, waited: 4000 });
  });
});

describe('an entry that its group no longer matches', () => {
  const outdated = entry('True', { http: 9090 });
  const replace = { do: 'replace-entry', group: GROUP, entry: outdated, stale: ['ports'] };

  test('is replaced at once', () => {
    expect(joined().event({ type: 'entry', entry: outdated }).next).toEqual(replace);
  });

  test('is not replaced before the machine has converged', () => {
    const play = joined().event({ type: 'entry', entry: outdated }).event({ type: 'changed', why: 'x' });
    expect(play.next.do).toBe('wait');
    expect(play.after(200).next).toEqual({ do: 'converge', why: 'x' });
  });

  test.each([
    ['was replaced, until its watch reports it', { type: 'entry-replaced' } as const],
    ['could not be replaced', { type: 'failed', action: 'replace-entry', random: 0 } as const],
    [
      'was replaced by the converge',
      { type: 'converged', entryName: NAME, restarted: true, replaced: true } as const,
    ],
  ])('and %s is left alone for 5 s', (_, event) => {
    const play = joined().event({ type: 'entry', entry: outdated }).begin().event(event);
    expect(play.until()).toEqual({ action: replace, waited: 5000 });
  });

  test('is left to the reset of the connection where istiod marked it as disconnected', () => {
    const gone = entry('True', { http: 9090 }, true);
    expect(joined().event({ type: 'entry', entry: gone }).until().action).toEqual({
      do: 'reconnect',
      entry: gone,
    });
  });
});

describe('a group that is gone', () => {
  test('for 10 s has its machine retire, and nothing more', () => {
    const play = joined().event({ type: 'group', group: undefined });
    expect(play.until()).toEqual({ action: { do: 'retire', because: 'group-gone' }, waited: 10_000 });
    play.begin();
    expect(play.state).toMatchObject({ retired: true, registered: false, healthy: false });
    expect(play.until(3_600_000).action.do).toBe('wait');
    // a watch that starts again says so again
    expect(play.event({ type: 'group', group: undefined }).until(3_600_000).action.do).toBe('wait');
  });

  test('and comes back in time changes nothing', () => {
    const play = joined().event({ type: 'group', group: undefined }).after(9000);
    play.event({ type: 'group', group: GROUP });
    expect(play.until(200_000).action.do).toBe('wait');
  });

  test('and is reported twice counts from the first time', () => {
    const play = joined().event({ type: 'group', group: undefined }).after(6000);
    expect(play.event({ type: 'group', group: undefined }).until().waited).toBe(4000);
  });

  test('and comes back after the machine retired has it converge', () => {
    const play = joined().event({ type: 'group', group: undefined });
    play.until();
    play.begin().after(60_000);
    play.event({ type: 'group', group: GROUP }).event({ type: 'changed', why: 'analytics-v0 changed' });
    expect(play.until()).toEqual({
      action: { do: 'converge', why: 'analytics-v0 changed' },
      waited: 200,
    });
  });
});

describe('a token that the API server refuses, though it has not expired', () => {
  const view = { holdsStream: false, isReady: false };
  const refused = () => joined().event({ type: 'watch-failed', refused: true });

  test('has istiod asked after a minute, and observed every 5 s', () => {
    const play = refused();
    expect(play.until()).toEqual({ action: { do: 'ask-istiod' }, waited: 60_000 });
    expect(play.begin().until()).toEqual({ action: { do: 'observe-istiod' }, waited: 5000 });
    play.begin().event({ type: 'istio-observed', view });
    expect(play.until()).toEqual({ action: { do: 'observe-istiod' }, waited: 5000 });
  });

  test('has the machine retire once istiod does not accept it either', () => {
    const play = refused();
    const began = play.now;
    for (;;) {
      const { action } = play.until();
      if (action.do === 'retire') {
        expect(action.because).toBe('refused');
        break;
      }
      play.begin();
      if (action.do === 'observe-istiod') play.event({ type: 'istio-observed', view });
    }
    expect(play.now - began).toBe(125_000);
    expect(play.begin().until().action.do).toBe('wait');
  });

  test('is forgotten as soon as it answers', () => {
    const play = refused().after(59_000).event({ type: 'answered' });
    expect(play.until(200_000).action.do).toBe('wait');
  });

  test('is a token like others where the API server was only away', () => {
    const play = joined().event({ type: 'watch-failed', refused: false });
    expect(play.state).toMatchObject({ connected: false, refusal: undefined });
  });
});

const events: fc.Arbitrary<KeeperEvent> = fc.oneof(
  fc.record({ type: fc.constant('group' as const), group: fc.constantFrom(GROUP, undefined) }),
  fc.record({
    type: fc.constant('entry' as const),
    entry: fc.constantFrom(undefined, entry(), entry('True'), entry('False'), entry('True', { http: 1 })),
  }),
  fc.record({ type: fc.constant('changed' as const), why: fc.constant('x') }),
  fc.constant({ type: 'answered' } as const),
  fc.record({ type: fc.constant('watch-failed' as const), refused: fc.boolean() }),
  fc.record({
    type: fc.constant('addresses' as const),
    addresses: fc.constantFrom(['10.0.0.5'], ['10.0.0.5', '10.0.0.6']),
  }),
);
/** How an action ends: it may fail, or dispatch its outcome. */
const outcome = fc.record({ fails: fc.boolean(), readsFacts: fc.boolean(), restarted: fc.boolean() });
type Outcome = typeof outcome extends fc.Arbitrary<infer T> ? T : never;

function end(play: Play, action: MachineAction, { fails, readsFacts, restarted }: Outcome): void {
  if (action.do === 'converge' && (readsFacts || !fails)) {
    play.event({ type: 'facts-read', addresses: ['10.0.0.5'] });
  }
  if (fails) play.event({ type: 'failed', action: action.do, random: 0 });
  else if (action.do === 'converge')
    play.event({ type: 'converged', entryName: NAME, restarted, replaced: restarted });
  else if (action.do === 'replace-entry') play.event({ type: 'entry-replaced' });
  else if (action.do === 'reconnect') play.event({ type: 'reconnected' });
  else if (action.do === 'observe-istiod')
    play.event({ type: 'istio-observed', view: { holdsStream: restarted, isReady: readsFacts } });
}

const history = fc.array(fc.tuple(fc.nat(20_000), events, outcome), { maxLength: 60 });

describe('whatever happens, in whichever order, however actions end', () => {
  /** Plays a history; `check` sees each decision. */
  function play(
    steps: readonly (readonly [number, KeeperEvent, Outcome])[],
    check: (action: Action, play: Play, n: number) => void,
  ): void {
    const agent = new Play();
    for (const [ms, event, ends] of steps) {
      agent.after(ms).event(event);
      for (let n = 0; ; n++) {
        const action = agent.next;
        check(action, agent, n);
        if (action.do === 'stop') return;
        if (action.do === 'wait') break;
        agent.begin();
        end(agent, action, ends);
      }
    }
  }

  test('no action is repeated without time going by, so that nothing spins', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let done: string[] = [];
        play(steps, (action, _, n) => {
          if (n === 0) done = [];
          expect(done).not.toContain(action.do);
          done.push(action.do);
        });
      }),
    );
  });

  test('a wait lasts more than nothing and at most 5 s', () => {
    fc.assert(
      fc.property(history, (steps) =>
        play(steps, (action) => {
          if (action.do !== 'wait') return;
          expect(action.ms).toBeGreaterThan(0);
          expect(action.ms).toBeLessThanOrEqual(5000);
        }),
      ),
    );
  });

  test('nothing is done for a group that is not there, and a machine retires once until it is back', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let retired = false;
        play(steps, (action, { state }) => {
          if (state.group) retired = false;
          if (['converge', 'replace-entry', 'reconnect'].includes(action.do))
            expect(state.group).toBeDefined();
          if (action.do !== 'retire') return;
          expect(retired).toBe(false);
          retired = true;
        });
      }),
    );
  });

  test('a machine whose API server has answered all along only retires after its group was gone for 10 s', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let goneAt: number | undefined;
        play(
          steps.filter(([, { type }]) => type !== 'watch-failed'),
          (action, { state, now }) => {
            goneAt = state.group ? undefined : (goneAt ?? now);
            if (action.do === 'retire') expect(now - (goneAt ?? now)).toBeGreaterThanOrEqual(10_000);
          },
        );
      }),
    );
  });

  test('the events alone decide: the same history gives the same decisions', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const decisions = () => {
          const made: Action[] = [];
          play(steps, (action) => made.push(action));
          return made;
        };
        expect(decisions()).toEqual(decisions());
      }),
    );
  });
});
