// Six stories (deletion with each policy) under faults, each again and again: the provisioner is killed after every single write, its watcher alone
// is killed, every read is a version old, watches and single calls fail. Each run ends as the calm one, and changes what that changed, no more
// and no less, and no object of another DittoServer.
import { useStage } from '../cluster/support/stage.ts';
import { tell } from '../kit/tell.ts';
import { STORIES } from './support/stories.ts';
import { tour, type Outcome, type Tour } from './support/tour.ts';

const TOUR_MS = 1_800_000;

const stage = useStage({ name: 'stories', provisioner: false });

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const failed = (outcomes: readonly Outcome[]): readonly Outcome[] => outcomes.filter(({ wrong }) => wrong.length > 0);

describe('under each fault a story ends as in a calm run, nothing is changed twice, nothing of another is touched:', () => {
  let toured: Tour;
  beforeAll(async () => {
    const beganMs = Date.now();
    toured = await tour(stage, STORIES);
    const { outcomes } = toured;
    tell(`stories under faults: ${outcomes.length} plans ran, ${failed(outcomes).length} failures, in ${seconds(Date.now() - beganMs)}`); // prettier-ignore
  }, TOUR_MS);

  test.each(STORIES.map((story) => [story.title, story] as const))('%s', (title, story) => {
    const { writes = [] } = toured.calm.get(story) ?? {};
    const own = toured.outcomes.filter((outcome) => outcome.story === story);
    const slowest = own.toSorted((a, b) => b.tookMs - a.tookMs)[0];
    tell(`"${title}": ${writes.length} writes, ${own.length} plans, ${failed(own).length} failures; the slowest, ${slowest?.title}, took ${seconds(slowest?.tookMs ?? 0)}`); // prettier-ignore
    // The worker after each write, the watcher once, and old reads; some stories under more.
    expect(own.length).toBeGreaterThanOrEqual(writes.length + 2);
    expect(failed(own).map(({ title: plan, wrong }) => ({ plan, wrong }))).toEqual([]);
  });

  test('every write of all these runs came through the faults, as the audit log tells', () => {
    const audited = toured.namespaces.flatMap((namespace) => stage.writes({ user: 'provisioner', namespace }));
    expect(toured.booked).toBe(audited.filter(({ resource, code }) => resource !== 'leases' && code < 300).length);
  });
});
