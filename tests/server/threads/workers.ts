// The workers that a test makes, so that it can do to one of them what our own code never does.

/** Runs `use`, and gives it the workers that are made meanwhile, in their order. */
export async function withWorkers<T>(use: (made: readonly Worker[]) => Promise<T>): Promise<T> {
  const { Worker } = globalThis;
  const made: Worker[] = [];
  globalThis.Worker = class extends Worker {
    constructor(entry: string | URL, options?: WorkerOptions) {
      super(entry, options);
      made.push(this);
    }
  };
  try {
    return await use(made);
  } finally {
    globalThis.Worker = Worker;
  }
}
