import type { Command } from 'commander';
import { diagnose, type Finding } from '../doctor/index.ts';
import type { Flags } from './flags.ts';

/** Declares `doctor`: it looks for what is wrong, with settings, data and port. */
export function doctorCommand(command: Command): Command {
  return command
    .description('look for what is wrong with settings, data and port; exit code 1 when something is')
    .option('--json', 'one line of JSON for each check')
    .addHelpText(
      'after',
      '\nTakes the settings of `serve`, and changes nothing. All of the data is read, beside a server that runs or not.',
    )
    .action(async (flags: Flags & { readonly json?: boolean }) => {
      const { json = false, welcome: _, reset: __, ...given } = flags;
      const findings = await diagnose({ flags: given, env: process.env, clock: Date.now });
      process.stdout.write(findings.map(json ? jsonLine : textLines).join(''));
      if (findings.some(({ state }) => state === 'problem')) {
        process.exitCode = 1;
      }
    });
}

function jsonLine(finding: Finding): string {
  return `${JSON.stringify(finding)}\n`;
}

function textLines({ check, state, found, expected, todo }: Finding): string {
  const head = `${state.padEnd(7)} ${check}: ${found}\n`;
  return expected === undefined ? head : `${head}        expected: ${expected}\n        to do: ${todo}\n`;
}
