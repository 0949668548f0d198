/** Opens the bundle named as the argument and prints what came of it: for tests that need another user. */
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import { Failure } from '../../../electron/failure.ts';

try {
  (await openBundle(process.argv[2] ?? '')).close();
  console.log('opened');
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.log(`${error.code} ${error.message}`);
}
