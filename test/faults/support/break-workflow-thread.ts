// Loaded into the provisioner before it starts (NODE_OPTIONS --import): at SIGUSR2 its workflow threads die, as they do when they run out of
// memory. There is no other way to give a real worker a fatal error at a moment of one's choice.
import { syncBuiltinESMExports } from 'node:module';
import threads, { isMainThread, Worker } from 'node:worker_threads';

if (isMainThread) {
  const running = new Set<Worker>();
  threads.Worker = class extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      running.add(this);
    }
  };
  syncBuiltinESMExports();
  process.on('SIGUSR2', () => running.forEach((worker) => void worker.terminate()));
}
