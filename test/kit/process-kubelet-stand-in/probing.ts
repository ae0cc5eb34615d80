// The probes of one run of a container, in a kubelet's order and rhythm: the startup probe first, then liveness and readiness; each
// asks at once and then every period, but not before its initial delay (in whole seconds since the start), and changes its
// mind only after its threshold. Readiness is asked again at once when the container has started up.
import type { Probe } from './pod-types.ts';
import { probeOnce, type ProbeTarget } from './probe.ts';
import { pauseUnless } from './time.ts';

export interface ProbeOutcome {
  /** The startup probe has succeeded, or there is none. */
  started(): void;
  ready(isReady: boolean): void;
  /** Startup or liveness failed too often: the container is to be killed. */
  failed(what: 'startup' | 'liveness'): void;
}

/** Begins to probe; returns the function that ends it. */
export function startProbing(target: ProbeTarget, outcome: ProbeOutcome): () => void {
  const end = new AbortController();
  const { startupProbe, livenessProbe, readinessProbe } = target.container;
  const begunAtMs = performance.now();
  const watch = (probe: Probe, onVerdict: (verdict: boolean) => void, untilSuccess = false) =>
    void keepProbing(probe, { target, begunAtMs, signal: end.signal, untilSuccess, onVerdict });

  const afterStart = () => {
    outcome.started();
    if (livenessProbe) watch(livenessProbe, (isAlive) => (isAlive ? undefined : outcome.failed('liveness')));
    if (readinessProbe) watch(readinessProbe, (isReady) => outcome.ready(isReady));
    else outcome.ready(true);
  };
  if (startupProbe) {
    watch(startupProbe, (isStarted) => (isStarted ? afterStart() : outcome.failed('startup')), true);
  } else afterStart();
  return () => end.abort();
}

interface Watching {
  readonly target: ProbeTarget;
  readonly begunAtMs: number;
  readonly signal: AbortSignal;
  readonly untilSuccess: boolean;
  readonly onVerdict: (verdict: boolean) => void;
}

/** Tells the first verdict and every change of it; failures are told again at every further threshold. */
async function keepProbing(
  probe: Probe,
  { target, begunAtMs, signal, untilSuccess, onVerdict }: Watching,
): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 1 } = probe;
  const isDelayed = () => Math.floor((performance.now() - begunAtMs) / 1000) < initialDelaySeconds;
  const judge = judgeBy(probe);
  const nextTick = rhythm(periodSeconds * 1000, signal);
  while (await nextTick()) {
    if (isDelayed()) continue;
    const verdict = judge(await probeOnce(probe, target, timeoutSeconds * 1000));
    if (signal.aborted) return;
    if (verdict === undefined) continue;
    onVerdict(verdict);
    if (verdict && untilSuccess) return;
  }
}

/** Turns answers into verdicts, by the thresholds; undefined while there is nothing new to tell. */
function judgeBy({ successThreshold = 1, failureThreshold = 3 }: Probe): (answer: boolean) => boolean | undefined {
  let inARow = { answer: true, count: 0 };
  let told: boolean | undefined;
  return (answer) => {
    inARow = { answer, count: answer === inARow.answer ? inARow.count + 1 : 1 };
    const isDecided = inARow.count >= (answer ? successThreshold : failureThreshold);
    if (!isDecided || (answer && told === true)) return undefined;
    told = answer;
    return answer;
  };
}

/** Waits for the next tick: at once, then every period, without those that pass while the caller is busy. False: it is over. */
function rhythm(periodMs: number, signal: AbortSignal): () => Promise<boolean> {
  const firstAtMs = performance.now();
  let tick = 0;
  return async () => {
    await pauseUnless(signal, firstAtMs + tick * periodMs - performance.now());
    tick = Math.max(tick + 1, Math.ceil((performance.now() - firstAtMs) / periodMs));
    return !signal.aborted;
  };
}
