// The provisioner's log as data: what it complained about.
import { readFileSync } from 'node:fs';
import type { Provisioner } from '../../kit/provisioner.ts';

export interface LogLine {
  /** pino's numbers: 30 info, 40 warn, 50 error. */
  readonly level: number;
  readonly msg?: string;
}

/** Lines of at least a level; those that are no JSON are errors. */
export function complaints({ logFile }: Pick<Provisioner, 'logFile'>, least: 40 | 50 = 50): readonly LogLine[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parsed(line))
    .filter(({ level }) => level >= least);
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { level: 50, msg: line };
  }
}
