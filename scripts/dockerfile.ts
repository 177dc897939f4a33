/** One instruction of a Dockerfile, in its stage. */
export interface Instruction {
  readonly name: string;
  /** What stands behind the name, in one line. */
  readonly text: string;
}

/** A stage of a Dockerfile. */
export interface Stage {
  /** Its name, else its number. */
  readonly name: string;
  /** The image that it begins with. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** A COPY: from a stage or, without, from the folder that is built. */
export interface Copy {
  readonly stage: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

/** The stages of a Dockerfile, in order. */
export function stagesOf(dockerfile: string): readonly Stage[] {
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of dockerfile.replaceAll(/\\\n/g, ' ').split('\n')) {
    const [, name, text] = /^([A-Z]+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (name === undefined || text === undefined) {
      if (line.trim() !== '' && !line.startsWith('#')) {
        throw new Error(`"${line}" is no instruction`);
      }
    } else if (name === 'FROM') {
      const [from = '', , as] = text.split(/\s+/);
      stages.push({ name: as ?? String(stages.length), from, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push({ name, text });
    }
  }
  return stages;
}

/** What a COPY copies. */
export function copyOf(text: string): Copy {
  const [, stage] = /^--from=(\S+)/.exec(text) ?? [];
  const paths = text.split(/\s+/).filter((word) => !word.startsWith('--'));
  return { stage, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}

/** The words of an instruction in its JSON form. */
export function wordsOf(text: string): readonly string[] {
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

/** Variables of an ENV of the form `NAME=value …`. */
export function variablesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
}
