// One line of counts on standard error, beside jest's own report: what a fault or load run did.

export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
