// What a workflow remembers of a server's answer, or of its silence, as the facts that the requirements judge.
import { SERVER_API, type Failure, type ServerApiMemory } from '../src/api/verdict.ts';
import { answerDigest, type Answer } from '../src/dittofs/index.ts';
import { askedOnce } from '../src/requirements/asked.ts';
import { serverApiBasis } from '../src/requirements/authenticated.ts';
import type { Facts } from '../src/requirements/facts.ts';

/** What is remembered of an answer; the basis is that of the facts as they are with it. */
export function withAnswer(facts: Facts, now: number, answer: Answer, failure: Failure | undefined): Facts {
  const before = facts.memory.serverApi;
  const digest = answerDigest(answer);
  const serverApi: ServerApiMemory = {
    ...before,
    digest,
    // A server that cannot be asked says nothing of its database.
    database: answer.database === 'unknown' ? (before?.database ?? 'unknown') : answer.database,
    ...(answer.adapters && { adapters: answer.adapters }),
  };
  const told: Facts = {
    ...facts,
    memory: { ...facts.memory, serverApi },
    seen: { ...facts.seen, [SERVER_API]: digest },
  };
  const asked = askedOnce(before?.asked, serverApiBasis(told), now, failure);
  return { ...told, memory: { ...told.memory, serverApi: { ...serverApi, asked } } };
}

/** Nothing was learned: what is known stays, with the reason. */
export function withoutAnswer(facts: Facts, now: number, failure: Failure): Facts {
  const before = facts.memory.serverApi ?? { digest: '', database: 'unknown' };
  const asked = askedOnce(before.asked, serverApiBasis(facts), now, failure);
  return { ...facts, memory: { ...facts.memory, serverApi: { ...before, asked } } };
}
