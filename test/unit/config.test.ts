// Settings: every mistake is told at once, each in one sentence that names the variable and how to mend it; and the page about them.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, ConfigError, helpText, OPTIONS, readConfig, type Config } from '../../src/config.ts';
import { DEFAULT_WORKER_TIMEOUT_MS } from '../../src/api/verdict.ts';
import { DEFAULT_SETTINGS } from '../../src/requirements/settings.ts';
import { markdownTable, pageWith } from './requirements/page.ts';

function configOf(args: readonly string[], env: NodeJS.ProcessEnv = {}): Config {
  const config = readConfig(args, env);
  if (config === 'help') throw new Error('help was asked for');
  return config;
}

function mistakesOf(args: readonly string[], env: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    readConfig(args, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes;
  }
}

describe('without any setting', () => {
  const config = configOf(['run']);

  test('the defaults are those that the requirements have', () => {
    expect(config.settings).toEqual(DEFAULT_SETTINGS);
  });

  test('all namespaces are served, on port 8080 of every address', () => {
    expect(config).toMatchObject({
      command: 'run',
      namespaces: [],
      cluster: undefined,
      installation: 'main',
      listen: { host: '0.0.0.0', port: 8080 },
      logLevel: 'info',
      auditIntervalMs: 60_000,
      requestTimeoutMs: 10_000,
      workerTimeoutMs: DEFAULT_WORKER_TIMEOUT_MS,
      maxCachedWorkflows: 1_000,
    });
  });

  test('every default passes the check of its own setting', () => {
    const env = Object.fromEntries(OPTIONS.map(({ variable, fallback }) => [variable, fallback]));
    expect(configOf(['run'], env)).toEqual(config);
  });
});

describe('where a value comes from', () => {
  test('the environment', () => {
    expect(configOf(['work'], { DEADLINE_PODS: '90s' }).settings.deadlinesMs.pods).toBe(90_000);
  });

  test('a flag wins over the environment', () => {
    const config = configOf(['run', '--deadline-pods', '3m'], { DEADLINE_PODS: '90s' });
    expect(config.settings.deadlinesMs.pods).toBe(180_000);
  });

  test('an empty variable is none', () => {
    expect(configOf(['run'], { LOG_LEVEL: '' }).logLevel).toBe('info');
  });

  test('an empty flag clears a variable', () => {
    expect(configOf(['run', '--cluster-name='], { CLUSTER_NAME: 'prod' }).cluster).toBeUndefined();
  });

  test('flags may stand before the command', () => {
    expect(configOf(['--log-level=debug', 'watch'])).toMatchObject({ command: 'watch', logLevel: 'debug' });
  });

  test.each(OPTIONS.map(({ variable, flag }) => [variable, flag]))('%s and --%s mean the same', (variable, flag) => {
    const other: Partial<Record<string, string>> = {
      WATCH_NAMESPACES: 'a,b',
      CLUSTER_NAME: 'other',
      INSTALLATION: 'other',
      LISTEN_ADDRESS: '127.0.0.1:9090',
      LOG_LEVEL: 'warn',
      REQUEST_TIMEOUT: '7s',
      WORKER_TIMEOUT: '7s',
      MAX_CACHED_WORKFLOWS: '7',
      ROLLOUT_AT_A_TIME: '7',
    };
    const value = other[variable] ?? '17m';
    const byVariable = configOf(['run'], { [variable]: value });
    expect(byVariable).toEqual(configOf(['run', `--${flag}`, value]));
    expect(byVariable).not.toEqual(configOf(['run']));
  });
});

describe('forms that are understood', () => {
  test.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['20m', 1_200_000],
    ['10h', 36_000_000],
    ['576h', 24 * 24 * 3_600_000],
  ])('the duration %s', (text, ms) => {
    expect(configOf(['run'], { RESYNC_INTERVAL: text }).settings.resyncMs).toBe(ms);
  });

  test.each([
    [':9090', '0.0.0.0', 9090],
    ['127.0.0.1:80', '127.0.0.1', 80],
    ['[::1]:8080', '::1', 8080],
    ['localhost:0', 'localhost', 0],
  ])('the address %s', (text, host, port) => {
    expect(configOf(['run'], { LISTEN_ADDRESS: text }).listen).toEqual({ host, port });
  });

  test('namespaces with blanks between them, and one that is named twice', () => {
    expect(configOf(['run'], { WATCH_NAMESPACES: ' a, b,,a ' }).namespaces).toEqual(['a', 'b']);
  });
});

describe('a mistake is one sentence', () => {
  test.each([
    ['WATCH_NAMESPACES', 'a,B!', 'WATCH_NAMESPACES is "B!": use names of namespaces separated by commas'],
    ['CLUSTER_NAME', 'Prod', 'CLUSTER_NAME is "Prod": use lower-case letters, digits and "-", at most 63'],
    ['INSTALLATION', '-x', 'INSTALLATION is "-x": use lower-case letters, digits and "-", at most 63'],
    ['LISTEN_ADDRESS', '8080', 'LISTEN_ADDRESS is "8080": use host:port or :port, for example 0.0.0.0:8080'],
    ['LISTEN_ADDRESS', ':70000', 'LISTEN_ADDRESS is ":70000": use host:port or :port, for example 0.0.0.0:8080'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL is "loud": use one of trace, debug, info, warn, error'],
    ['MAX_CACHED_WORKFLOWS', '1.5', 'MAX_CACHED_WORKFLOWS is "1.5": use a whole number above zero'],
    ['MAX_CACHED_WORKFLOWS', '0', 'MAX_CACHED_WORKFLOWS is "0": use a whole number above zero'],
  ])('%s=%s', (variable, value, sentence) => {
    expect(mistakesOf(['run'], { [variable]: value })).toEqual([sentence]);
  });

  const WAITS = ['DEADLINE_INPUTS', 'DEADLINE_DATABASE', 'DEADLINE_PODS', 'RESYNC_INTERVAL'];
  const ROUNDS = ['AUDIT_INTERVAL', 'ENGINE_STALLED_AFTER', 'RELIST_INTERVAL'];

  test.each(ROUNDS)('%s is at least a second', (variable) => {
    expect(mistakesOf(['run'], { [variable]: '999ms' })).toEqual([
      `${variable} is "999ms": use a duration of at least 1s and up to 576h, such as 90s, 20m or 10h`,
    ]);
    expect(mistakesOf(['run'], { [variable]: '1s' })).toEqual([]);
  });

  test.each([
    ['REQUEST_TIMEOUT', '1s', '999ms', '10001ms'],
    ['WORKER_TIMEOUT', '2s', '1999ms', '10001ms'],
  ])('%s is at least %s and at most ten seconds', (variable, least, ...wrong) => {
    for (const value of [...wrong, '5', '1h'])
      expect(mistakesOf(['run'], { [variable]: value })).toEqual([
        `${variable} is "${value}": use a duration of at least ${least} and up to 10s, such as 2500ms or 5s`,
      ]);
    for (const value of [least, '10s']) expect(mistakesOf(['run'], { [variable]: value })).toEqual([]);
  });

  test.each([
    ...WAITS.map((variable) => [variable, 'above zero'] as const),
    ...ROUNDS.map((variable) => [variable, 'of at least 1s'] as const),
  ])('%s must be a duration', (variable, least) => {
    for (const value of ['20', '0s', '-5m', '1.5h', 'soon', '20 m', '577h', '999999999h']) {
      expect(mistakesOf(['run'], { [variable]: value })).toEqual([
        `${variable} is "${value}": use a duration ${least} and up to 576h, such as 90s, 20m or 10h`,
      ]);
    }
  });

  test.each([
    ['an unknown command', ['go'], 'the command is "go": use run, watch, work or rollout'],
    ['two commands', ['run', 'work'], 'the command is "run work": use run, watch, work or rollout'],
    ['flags without a command', ['--log-level=info'], 'the command is "": use run, watch, work or rollout'],
  ])('%s', (_, args, sentence) => {
    expect(mistakesOf(args)).toEqual([sentence]);
  });

  test.each([[['run', '--nonsense']], [['run', '--log-level']]])('flags that cannot be read: %p', (args) => {
    const [only, ...more] = mistakesOf(args);
    expect(more).toEqual([]);
    expect(only).toContain('(see --help)');
    expect(only).toContain(args[1]);
  });
});

test('all mistakes are told at once', () => {
  const mistakes = mistakesOf(['go'], {
    LOG_LEVEL: 'loud',
    DEADLINE_PODS: 'soon',
    WATCH_NAMESPACES: 'A,b,C',
    LISTEN_ADDRESS: 'x',
  });
  expect(mistakes.map((mistake) => mistake.split(' is ')[0]).sort()).toEqual([
    'DEADLINE_PODS', 'LISTEN_ADDRESS', 'LOG_LEVEL', 'WATCH_NAMESPACES', 'WATCH_NAMESPACES', 'the command',
  ]); // prettier-ignore
});

describe('--help', () => {
  const help = helpText();

  test.each(OPTIONS.map((option) => [option.variable, option]))(
    'tells of %s',
    (_, { variable, flag, fallback, help: words }) => {
      expect(help).toContain(`--${flag} <`);
      expect(help).toContain(`${variable}: ${words}`);
      if (fallback !== '') expect(help).toContain(`(default ${fallback})`);
    },
  );

  test('tells of every command, of Kubernetes and of Temporal', () => {
    for (const command of COMMANDS) expect(help).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    for (const variable of ['KUBECONFIG', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_CONFIG_FILE'])
      expect(help).toContain(variable);
  });

  test.each([[['--help']], [['run', '--help']], [[]]])('is what %p asks for', (args) => {
    expect(readConfig(args, {})).toBe('help');
  });

  test('fits on a screen of 150 columns', () => {
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(150);
  });
});

describe('the program itself', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join('src', 'main.ts'), ...args], { encoding: 'utf8', env: { PATH: '' } });

  test('prints its help', () => {
    expect(run('--help')).toMatchObject({ status: 0, stdout: helpText(), stderr: '' });
  });

  test('ends with code 2 and one line for each mistake, before it connects to anything', () => {
    const { status, stderr } = run('run', '--log-level=loud', '--deadline-pods=soon');
    expect(status).toBe(2);
    expect(stderr.trim().split('\n')).toEqual([
      'dittoserver-provisioner: LOG_LEVEL is "loud": use one of trace, debug, info, warn, error',
      'dittoserver-provisioner: DEADLINE_PODS is "soon": use a duration above zero and up to 576h, such as 90s, 20m or 10h',
    ]);
  });
});

describe('docs/reference/configuration.md', () => {
  const rows = OPTIONS.map(({ variable, flag, value, fallback, help }) => [
    `\`${variable}\``, `\`--${flag} <${value}>\``, fallback === '' ? '' : `\`${fallback}\``, help,
  ]); // prettier-ignore
  const settings = markdownTable(['variable', 'flag', 'default', 'meaning'], rows);
  const page = pageWith('docs/reference/configuration.md', { settings });

  test('has every setting with flag, default and meaning, and no other', () => {
    expect(page.table('settings')).toBe(settings);
  });

  test('has every command', () => {
    expect(page.names('commands')).toEqual(COMMANDS);
  });

  test('has every variable that the Temporal SDK reads, and no other', () => {
    const library = readFileSync(join('node_modules', '@temporalio', 'envconfig', 'lib', 'envconfig-toml.js'), 'utf8');
    const read = new Set([...library.matchAll(/'(TEMPORAL_\w+)'/g)].map((match) => match[1] ?? ''));
    const told = page.names('temporal').map((name) => name.replace(/\*$/, ''));
    expect([...told].sort()).toEqual([...read].sort());
  });

  test('names no other variable', () => {
    const known = new Set<string>([
      ...OPTIONS.map(({ variable }) => variable),
      ...page.names('temporal'),
      'KUBECONFIG',
    ]);
    const named = [...page.text.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
