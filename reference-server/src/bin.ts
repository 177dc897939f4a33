#!/usr/bin/env -S node --max-semi-space-size=64 --max-inlined-bytecode-size=920 --max-inlined-bytecode-size-cumulative=2500
import { program } from './cli/program.ts';

try {
  await program().parseAsync();
} catch (error) {
  // What a person can mend is told in a sentence; a stack would hide it.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
