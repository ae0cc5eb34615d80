// Six stories (deletion with each policy) under faults, each again and again: the provisioner is killed after every single write, its watcher alone
// is killed, every read is a version old, watches and single calls fail. Each run ends as the calm one, and changes what that changed, no more
// and no less, and no object of another DittoServer.
import { useStage } from '../cluster/support/stage.ts';
import { tell } from '../kit/tell.ts';
import { STORIES } from './support/stories.ts';
import { tour, type Outcome, type Tour } from './support/tour.ts';

const TOUR_MS = 1_800_000;

const stage = useStage({ name: 'stories', provisioner: false });

/**
 * Of the plans, how many meet what they aim at. The rest aims at what comes or does not: status, events, and what somebody else writes first. (One
 * that has to meet and does not is a failure.) A loaded machine has had 96 % of all, 83 % of one story.
 */
const LEAST_OF_ALL = 0.9;
const LEAST_OF_STORY = 0.7;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const met = (outcomes: readonly Outcome[]): number => outcomes.filter(({ hasMet }) => hasMet).length;
const failed = (outcomes: readonly Outcome[]): readonly Outcome[] => outcomes.filter(({ wrong }) => wrong.length > 0);

describe('under each fault a story ends as in a calm run, nothing is changed twice, nothing of another is touched:', () => {
  let toured: Tour;
  beforeAll(async () => {
    const beganMs = Date.now();
    toured = await tour(stage, STORIES);
    const { outcomes } = toured;
    tell(`stories under faults: ${outcomes.length} plans ran, ${met(outcomes)} met what they aim at, ${failed(outcomes).length} failures, in ${seconds(Date.now() - beganMs)}`); // prettier-ignore
  }, TOUR_MS);

  test.each(STORIES.map((story) => [story.title, story] as const))('%s', (title, story) => {
    const { writes = [] } = toured.calm.get(story) ?? {};
    const own = toured.outcomes.filter((outcome) => outcome.story === story);
    const slowest = own.toSorted((a, b) => b.tookMs - a.tookMs)[0];
    tell(`"${title}": ${writes.length} writes, ${own.length} plans, ${met(own)} met, ${failed(own).length} failures; the slowest, ${slowest?.title}, took ${seconds(slowest?.tookMs ?? 0)}`); // prettier-ignore
    // The worker after each write, the watcher once, and old reads; some stories under more.
    expect(own.length).toBeGreaterThanOrEqual(writes.length + 2);
    expect(met(own)).toBeGreaterThanOrEqual(Math.floor(own.length * LEAST_OF_STORY));
    expect(failed(own).map(({ title: plan, wrong }) => ({ plan, wrong }))).toEqual([]);
  });

  test('nearly all plans meet the write or the call that they aim at', () => {
    const { outcomes } = toured;
    expect(met(outcomes) / outcomes.length).toBeGreaterThanOrEqual(LEAST_OF_ALL);
  });

  test('every write of all these runs came through the faults, as the audit log tells', () => {
    const audited = toured.namespaces.flatMap((namespace) => stage.writes({ user: 'provisioner', namespace }));
    expect(toured.booked).toBe(audited.filter(({ resource, code }) => resource !== 'leases' && code < 300).length);
  });
});
