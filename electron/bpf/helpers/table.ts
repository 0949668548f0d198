/**
 * Every helper by id: the shared prototype, joined with what it does here. A helper without `run` is
 * known by name and refused where a program that calls it is loaded.
 */
import type { HelperFamily } from './call.ts';
import { cgroupHelpers } from './cgroup.ts';
import { controlHelpers } from './control.ts';
import { connectionHelpers } from './connection.ts';
import { counterHelpers } from './counter.ts';
import { dynptrHelpers } from './dynptr.ts';
import { functionHelpers } from './function.ts';
import type { ProgramType } from '../program.ts';
import type { Helper } from './helper.ts';
import { kernelObjectHelpers } from './kernel-objects.ts';
import { perCpuHelpers } from './own-object.ts';
import { localStorageHelpers, localStorageHelpersByType } from './local-storage.ts';
import { mapHelpers } from './map.ts';
import { memoryHelpers } from './memory.ts';
import { pathHelpers } from './path.ts';
import { packetHelpers, packetHelpersByType } from './packet/table.ts';
import { printHelpers } from './print.ts';
import { perfHelpers } from './perf.ts';
import { helperPrototypes } from './prototypes.ts';
import { remoteControlHelpers } from './remote-control.ts';
import { retvalHelpers } from './retval.ts';
import { sequenceHelpers } from './seq-file.ts';
import { lookupHelpers } from './kernel-lookup.ts';
import { typedPrintHelpers } from './typed-print.ts';
import { queueHelpers } from './queue.ts';
import { signalHelpers } from './signal.ts';
import { socketHelpers } from './socket.ts';
import { stackHelpers } from './stack.ts';
import { stringHelpers } from './string.ts';
import { sysctlHelpers } from './sysctl.ts';
import { tamperHelpers } from './tamper.ts';
import { tcpOptionHelpers } from './tcp-option.ts';
import { randomHelpers } from './random.ts';
import { ringbufHelpers } from './ringbuf.ts';
import { timerHelpers } from './timer.ts';
import { taskHelpers } from './task.ts';
import { timeHelpers } from './time.ts';
import { userRingbufHelpers } from './user-ringbuf.ts';

const runs: HelperFamily = {
  ...mapHelpers,
  ...timeHelpers,
  ...taskHelpers,
  ...randomHelpers,
  ...printHelpers,
  ...ringbufHelpers,
  ...memoryHelpers,
  ...controlHelpers,
  ...stringHelpers,
  ...stackHelpers,
  ...queueHelpers,
  ...localStorageHelpers,
  ...perfHelpers,
  ...packetHelpers,
  ...dynptrHelpers,
  ...timerHelpers,
  ...sequenceHelpers,
  ...typedPrintHelpers,
  ...userRingbufHelpers,
  ...cgroupHelpers,
  ...signalHelpers,
  ...functionHelpers,
  ...pathHelpers,
  ...counterHelpers,
  ...socketHelpers,
  ...connectionHelpers,
  ...tcpOptionHelpers,
  ...retvalHelpers,
  ...sysctlHelpers,
  ...remoteControlHelpers,
  ...tamperHelpers,
  ...kernelObjectHelpers,
  ...perCpuHelpers,
  ...lookupHelpers,
};

/** What is implemented, by name. */
export const helperNames: readonly string[] = Object.keys(runs);

const helpers: ReadonlyMap<number, Helper> = new Map(
  helperPrototypes.map((prototype) => [prototype.id, { ...prototype, run: runs[prototype.name] }]),
);

/** undefined for an id that Linux does not have either. */
export function helperById(id: number): Helper | undefined {
  return helpers.get(id);
}

/** What a program of `type` gets by that id: some types have their own of a name. */
export function helperFor(type: ProgramType, id: number): Helper | undefined {
  const helper = helperById(id);
  const own =
    helper === undefined
      ? undefined
      : (packetHelpersByType[type]?.[helper.name] ?? localStorageHelpersByType[type]?.[helper.name]);
  return helper === undefined || own === undefined ? helper : { ...helper, run: own };
}
