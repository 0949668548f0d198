/**
 * Programs that are called at both ends of a call: at the return of those calls alone for whose entry they returned 0,
 * with eight bytes that both calls share.
 */
import type { Session } from '../../bpf/helpers/helper.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import { CallStacks, threadOf } from './call-stacks.ts';
import type { Driver } from './hook.ts';
import type { ProbeContext } from './probe-context.ts';
import type { RecordedProbe } from './probe-events.ts';

const COOKIE_BYTES = 8;
/** Kept of a call: whether its return is seen, and the cookie. */
const [SEEN, LOW, HIGH, WORDS] = [0, 1, 2, 3];

export class ProbeSessions {
  readonly #memory: LinearMemory;
  /** By function: calls of one function end in the opposite order of their beginnings, also where others' ends are not recorded. */
  readonly #calls = new Map<string, CallStacks>();
  readonly #cookie: Address;
  readonly #entry: Session;
  readonly #return: Session;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
    this.#cookie = memory.allocate(COOKIE_BYTES, COOKIE_BYTES);
    this.#entry = { isReturn: false, cookie: this.#cookie };
    this.#return = { isReturn: true, cookie: this.#cookie };
  }

  driverFor(context: ProbeContext, { isReturn, functionName }: RecordedProbe): Driver {
    const calls = this.#calls.get(functionName) ?? new CallStacks(WORDS);
    this.#calls.set(functionName, calls);
    context.session = isReturn ? this.#return : this.#entry;
    return (call, record, batch, row) => {
      if (!context.take(record, batch.length[row] ?? 0)) return;
      const thread = threadOf(batch.tid[row] ?? -1, batch.cpu[row] ?? 0);
      const { view } = this.#memory;
      if (isReturn) {
        const words = calls.pop(thread);
        if (words?.[SEEN] !== 1) return;
        view.setUint32(this.#cookie, words[LOW] ?? 0, true);
        view.setUint32(this.#cookie + 4, words[HIGH] ?? 0, true);
        context.run(call, context.address);
        return;
      }
      view.setBigUint64(this.#cookie, 0n, true);
      const returned = context.run(call, context.address);
      const words = calls.push(thread);
      words[SEEN] = returned === 0n ? 1 : 0;
      words[LOW] = this.#memory.view.getUint32(this.#cookie, true);
      words[HIGH] = this.#memory.view.getUint32(this.#cookie + 4, true);
    };
  }
}
