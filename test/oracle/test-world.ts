/** The world of programs whose results are compared with the kernel's: none of them may ask what it is. */
import { BlankWorld } from '../../electron/bpf/helpers/blank-world.ts';

export class TestWorld extends BlankWorld {
  override tid(): number {
    return 1;
  }

  override tgid(): number {
    return 1;
  }

  override comm(): string {
    return 'test';
  }
}
