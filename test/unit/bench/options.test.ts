// What may be set for a run of the benchmark.
import { FULL, HELP, readOptions, SCENARIOS } from '../../bench/options.ts';

test('without settings everything is measured, and the page is written', () => {
  expect(readOptions({})).toEqual(FULL);
  expect(readOptions({}).writePage).toBe(true);
});

test.each([
  { BENCH_ONLY: 'P1,P2' },
  { BENCH_SAMPLES: '3' },
  { BENCH_P2FAN: '10' },
  { BENCH_P2B: '10' },
  { BENCH_P4B_SERVERS: '10' },
  { BENCH_P4B_SECONDS: '60' },
  { BENCH_BS9_SECONDS: '60' },
  { BENCH_BS13: '10' },
  { BENCH_SERVING: '1' },
  { BENCH_P5: '10' },
  { BENCH_NUDGES: '10' },
  { BENCH_PROFILE: '1' },
])('a run with %j writes the page only if asked to', (env) => {
  expect(readOptions(env).writePage).toBe(false);
  expect(readOptions({ ...env, BENCH_WRITE: '1' }).writePage).toBe(true);
});

test('scenarios run in their order, sizes ascending', () => {
  expect(readOptions({ BENCH_ONLY: 'P5,P1' }).scenarios).toEqual(['P1', 'P5']);
  expect(readOptions({ BENCH_P5: '500,100' }).settledSizes).toEqual([100, 500]);
});

test.each([
  [{ BENCH_ONLY: 'P1,P9' }, 'BENCH_ONLY: there is no P9'],
  [{ BENCH_P2FAN: '50,many' }, 'BENCH_P2FAN: "50,many" is not a list'],
  [{ BENCH_P5: '0' }, 'BENCH_P5: "0" is not'],
  [{ BENCH_SAMPLES: '1,2' }, 'BENCH_SAMPLES: one number'],
])('%j is refused with a sentence', (env, sentence) => {
  expect(() => readOptions(env)).toThrow(sentence);
});

test('--help names every scenario', () => {
  for (const name of SCENARIOS) expect(HELP).toContain(name);
});
