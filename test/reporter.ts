/**
 * What `npm test` prints: one line a file, every failure whole, every skipped test with its reason,
 * and a closing line with the counts.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class PlainReporter implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  #unhandled = 0;

  onTestModuleEnd(module: TestModule): void {
    const lines: string[] = [];
    let passed = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      else if (state === 'skipped') lines.push(this.#skip(test));
      else lines.push(this.#fail(test));
    }
    this.#passed += passed;
    const errors = module.errors();
    if (errors.length > 0) {
      this.#failed += 1;
      for (const error of errors) lines.push(`  FAIL (file) ${error.stack ?? error.message}`);
    }
    console.log(
      `${module.project.name.padEnd(9)} ${module.relativeModuleId}  ${passed} passed, ${Math.round(module.diagnostic().duration)} ms`,
    );
    for (const line of lines) console.log(line);
  }

  /** What a test has to say beside its verdict, such as a table. */
  onUserConsoleLog({ type, content }: { readonly type: string; readonly content: string }): void {
    if (type === 'stdout') process.stdout.write(content);
  }

  onTestRunEnd(
    _modules: readonly TestModule[],
    unhandled: readonly { message: string; stack?: string }[],
  ): void {
    for (const error of unhandled) {
      this.#unhandled += 1;
      console.log(`  UNHANDLED ${error.stack ?? error.message}`);
    }
    console.log(
      `\n${this.#passed} passed, ${this.#failed + this.#unhandled} failed, ${this.#skipped} skipped`,
    );
  }

  #skip(test: TestCase): string {
    this.#skipped += 1;
    const result = test.result();
    const note = 'note' in result ? result.note : undefined;
    return `  skipped: ${test.fullName}${note ? `: ${note}` : ''}`;
  }

  #fail(test: TestCase): string {
    this.#failed += 1;
    const errors = test.result().errors ?? [];
    const text = errors
      .map((error) => `${error.stack ?? error.message}${error.diff ? `\n${error.diff}` : ''}`)
      .join('\n');
    return `  FAIL ${test.fullName}\n    ${text.replaceAll('\n', '\n    ')}`;
  }
}
