// One mark: what was asked for, and what was reached.

export interface Mark {
  readonly what: string;
  /** As it was set. */
  readonly limit: string;
  /** What it comes to on this machine. */
  readonly here: string;
  readonly ours: string;
  readonly verdict: 'pass' | '**miss**';
}

export const verdict = (passes: boolean): Mark['verdict'] => (passes ? 'pass' : '**miss**');

/** Something counted, to a tenth, whatever the machine. */
export function counted(what: string, limit: number, ours: number): Mark {
  const tenths = Math.round(ours * 10) / 10;
  return { what, limit: `≤ ${limit}`, here: '', ours: String(tenths), verdict: verdict(tenths <= limit) };
}
