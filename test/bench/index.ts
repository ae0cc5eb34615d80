// `make bench`: measures the product on real parts, prints the tables, and writes them into docs/performance.md. What may be set:
// test/bench/options.ts, or `node test/bench/index.ts --help`.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELP, readOptions } from './options.ts';
import { placeOf, writePage } from './page.ts';
import { profileReport } from './profile.ts';
import { report } from './report.ts';
import { runBench } from './run.ts';

const RESULTS = join(import.meta.dirname, '..', '..', 'bench-results');
const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function bench(): Promise<void> {
  if (process.argv.includes('--help')) return void process.stdout.write(HELP);
  const options = readOptions(process.env);
  if (!existsSync(PROGRAM)) throw new Error('The program is not built: run "make build" first.');
  const folder = join(RESULTS, new Date().toISOString().slice(0, 19).replaceAll(':', ''));
  mkdirSync(folder, { recursive: true });
  say(`Measuring ${options.scenarios.join(', ')}; nothing else should run on this machine (results in ${folder})`);
  const results = await runBench({ options, folder, say });
  const figures = report(results);
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(folder, 'figures.md'), `${figures}\n`);
  say(`\n${figures}`);
  if (options.profile) sayProfiles(join(folder, 'profiles'));
  if (options.writePage) writePage(figures, placeOf(options.scenarios));
  say(
    options.writePage ? '\nWritten into docs/performance.md.' : '\nNot a full run: docs/performance.md stays as it is.',
  );
}

function sayProfiles(folder: string): void {
  for (const name of readdirSync(folder)) say(`\nCPU profile of ${name}\n${profileReport(join(folder, name))}`);
}

/** The clusters clean up after this process, however it ends. */
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => process.exit(130));

bench().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`\nThe benchmark failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
