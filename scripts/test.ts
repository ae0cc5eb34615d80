// Runs the test suites one after the other and sums up: `node scripts/test.ts all|unit|workflow|cluster|faults`. The last line, and the
// file test-summary.txt, say "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

interface Suite {
  readonly title: string;
  readonly projects: readonly string[];
  readonly arguments?: readonly string[];
}

const UNIT: Suite = {
  title: 'unit tests, and workflow tests on one runner (about 1 min)',
  projects: ['unit', 'workflow'],
  arguments: ['--maxWorkers=2'],
};
const OTHER_RUNNER: Suite = {
  title: 'workflow tests on the other runner, replay (about 2 min)',
  projects: ['workflow-other', 'replay'],
};
const CLUSTER: Suite = {
  title: 'tests against real parts (about 17 min)',
  projects: ['cluster'],
  // Each worker has a cluster. What a test has left open must not hold up the other stages.
  arguments: ['--maxWorkers=2', '--forceExit'],
};

/** Files that put so much load on the machine that those beside them would be judged by it, or the other way round. */
const ALONE_FILES = 'test/faults/(signals|stories|killed-parts)';

const FAULTS: Suite = {
  title: 'faults and load, on real parts (about 9 min)',
  projects: ['faults'],
  // Most of the time they wait for something; none stops a part that others use.
  arguments: ['--maxWorkers=3', '--forceExit', `--testPathIgnorePatterns=${ALONE_FILES}`],
};
const ALONE: Suite = {
  title: 'faults and load that nothing may run beside (about 10 min)',
  projects: ['faults'],
  arguments: ['--runInBand', '--forceExit', `--testPathPatterns=${ALONE_FILES}`],
};

const SUITES: Readonly<Record<string, readonly Suite[]>> = {
  all: [UNIT, OTHER_RUNNER, CLUSTER, FAULTS, ALONE],
  unit: [UNIT],
  workflow: [{ ...UNIT, projects: ['workflow'] }, OTHER_RUNNER],
  cluster: [CLUSTER],
  faults: [FAULTS, ALONE],
};

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, to be said once more at the end: it is hard to find among the output of all the others. */
  readonly failures: readonly string[];
}

interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly JestFile[];
}

interface JestFile {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly JestTest[];
}

interface JestTest {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** Of what a failed test says; all of it stands further up. */
const LINES_SAID = 12;

const root = join(import.meta.dirname, '..');

const firstLines = (text: string): string =>
  stripVTControlCharacters(text)
    .split('\n')
    .slice(0, LINES_SAID)
    .map((line) => `    ${line}`)
    .join('\n');

function failuresOf({ name, status, message, assertionResults }: JestFile): string[] {
  if (status !== 'failed') return [];
  const file = relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return [`${file}\n${firstLines(message)}`];
  return failed.map((test) => `${file}: ${test.fullName}\n${firstLines(test.failureMessages.join('\n'))}`);
}

/** A suite that reports nothing counts as one failure. */
function run({ title, projects, arguments: more = [] }: Suite, folder: string): Outcome {
  process.stdout.write(`\n== ${title}\n`);
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const args = ['--selectProjects', ...projects, '--json', `--outputFile=${report}`, '--silent=false', ...more];
  const { status } = spawnSync('jest', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const told = JSON.parse(readFileSync(report, 'utf8')) as JestReport;
    const broken = told.numRuntimeErrorTestSuites;
    const failed = told.numFailedTests + broken + (status !== 0 && told.numFailedTests + broken === 0 ? 1 : 0);
    const failures = told.testResults.flatMap(failuresOf);
    return { passed: told.numPassedTests, failed, skipped: told.numPendingTests, failures };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: [`${title}: jest has reported nothing`] };
  }
}

const suites = SUITES[process.argv[2] ?? 'all'];
if (!suites) {
  process.stderr.write(`use one of ${Object.keys(SUITES).join(', ')}\n`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'dittoserver-test-'));
const outcomes = suites.map((suite) => run(suite, folder));
rmSync(folder, { recursive: true, force: true });
const sum = (of: 'passed' | 'failed' | 'skipped'): number =>
  outcomes.reduce((total, outcome) => total + outcome[of], 0);
const skipped = sum('skipped');
const line = `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
writeFileSync(join(root, 'test-summary.txt'), `${line}\n`);
for (const failure of outcomes.flatMap(({ failures }) => failures)) process.stdout.write(`\nFAILED ${failure}\n`);
process.stdout.write(`${line}\n`);
process.exitCode = sum('failed') > 0 ? 1 : 0;
