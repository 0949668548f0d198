/** A program under construction: instructions one after another, and jumps to places that come later. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import type { Jump, Operand } from '../bpf/verifier/assembler.ts';

export interface Label {
  slot: number | undefined;
}

type Target = 'offset' | 'imm';

export class Assembly {
  readonly #code: Instruction[] = [];
  readonly #open: { readonly slot: number; readonly label: Label; readonly target: Target }[] = [];

  emit(...parts: readonly (Instruction | readonly Instruction[])[]): void {
    this.#code.push(...parts.flat());
  }

  label(): Label {
    return { slot: undefined };
  }

  /** The label stands for the next instruction. */
  place(label: Label): void {
    label.slot = this.#code.length;
  }

  here(): Label {
    return { slot: this.#code.length };
  }

  jump(width: 32 | 64, name: Jump, dst: number, operand: Operand | number, label: Label): void {
    this.#leadTo(label, 'offset');
    this.emit((width === 64 ? asm.jump64 : asm.jump32)(name, dst, operand, 0));
  }

  goto(label: Label, isLong = false): void {
    this.#leadTo(label, isLong ? 'imm' : 'offset');
    this.emit(isLong ? asm.jaLong(0) : asm.ja(0));
  }

  mayGoto(label: Label): void {
    this.#leadTo(label, 'offset');
    this.emit(asm.mayGoto(0));
  }

  callFunction(label: Label): void {
    this.#leadTo(label, 'imm');
    this.emit(asm.callFunction(0));
  }

  loadFunction(dst: number, label: Label): void {
    this.#leadTo(label, 'imm');
    this.emit(asm.loadFunction(dst, 0));
  }

  /** Throws where a label was never placed. */
  finish(): Instruction[] {
    const code = this.#code.slice();
    for (const { slot, label, target } of this.#open) {
      const instruction = code[slot];
      if (label.slot === undefined || instruction === undefined) throw new Error('a label is not placed');
      const distance = label.slot - slot - 1;
      code[slot] =
        target === 'offset' ? { ...instruction, offset: distance } : { ...instruction, imm: distance };
    }
    return code;
  }

  #leadTo(label: Label, target: Target): void {
    this.#open.push({ slot: this.#code.length, label, target });
  }
}
