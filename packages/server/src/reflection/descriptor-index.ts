import { type DescFile, toBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { visitSymbols, withoutDot } from './symbols.ts';

/** Files by what they are called and by what they declare. */
export interface DescriptorIndex {
  /** Whether there is a file of that name, e.g. `shop/v1/stock.proto`. */
  has(file: string): boolean;
  /** The file that declares a symbol; `undefined` for a name that none declares. */
  fileOfSymbol(name: string): string | undefined;
  /** The file that declares the extension of a message with a field number. */
  fileOfExtension(message: string, number: number): string | undefined;
  /** The numbers of all extensions of a message, ascending; `undefined` for a name that is no message. */
  extensionNumbers(message: string): readonly number[] | undefined;
  /** A file and everything it imports, itself first. */
  withImports(file: string): readonly string[];
  /** A serialized `google.protobuf.FileDescriptorProto`. */
  bytes(file: string): Uint8Array;
}

/**
 * Indexes files together with what they import. Where two have the same name, the first one counts, and so it is
 * with symbols. Work is done when it is first asked for: most servers are never asked.
 */
export function indexFiles(files: Iterable<DescFile>): DescriptorIndex {
  const byName = new Map<string, DescFile>();
  for (const file of files) {
    add(file, byName);
  }
  const serialized = new Map<string, Uint8Array>();
  const closures = new Map<string, readonly string[]>();
  let declarations: Declarations | undefined;
  const declared = (): Declarations => {
    declarations ??= readDeclarations([...byName.values()].map(({ proto }) => proto));
    return declarations;
  };
  const find = (file: string): DescFile => {
    const found = byName.get(file);
    if (found === undefined) {
      throw new TypeError(`${file} is not in the index; expected a file for which has() is true`);
    }
    return found;
  };

  return {
    has: (file) => byName.has(file),
    fileOfSymbol: (name) => declared().symbols.get(withoutDot(name)),
    fileOfExtension: (message, number) => declared().extensions.get(withoutDot(message))?.get(number),
    extensionNumbers: (message) => {
      const { messages, extensions } = declared();
      const name = withoutDot(message);
      return messages.has(name) ? [...(extensions.get(name)?.keys() ?? [])].sort((a, b) => a - b) : undefined;
    },
    withImports: (file) => {
      let closure = closures.get(file);
      if (closure === undefined) {
        const reached = new Map<string, DescFile>();
        add(find(file), reached);
        closure = [...reached.keys()];
        closures.set(file, closure);
      }
      return closure;
    },
    bytes: (file) => {
      let bytes = serialized.get(file);
      if (bytes === undefined) {
        bytes = toBinary(FileDescriptorProtoSchema, find(file).proto);
        serialized.set(file, bytes);
      }
      return bytes;
    },
  };
}

/** Adds a file and what it imports, keeping what is there. Breadth first, and without recursion: imports may be deep. */
function add(file: DescFile, files: Map<string, DescFile>): void {
  const queue = [file];
  for (const next of queue) {
    const name = next.proto.name;
    if (!files.has(name)) {
      files.set(name, next);
      queue.push(...next.dependencies);
    }
  }
}

interface Declarations {
  readonly symbols: ReadonlyMap<string, string>;
  readonly messages: ReadonlySet<string>;
  readonly extensions: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

function readDeclarations(files: readonly FileDescriptorProto[]): Declarations {
  const symbols = new Map<string, string>();
  const messages = new Set<string>();
  const extensions = new Map<string, Map<number, string>>();
  for (const file of files) {
    visitSymbols(file, {
      symbol: (name) => {
        if (!symbols.has(name)) {
          symbols.set(name, file.name);
        }
      },
      message: (name) => {
        messages.add(name);
      },
      extension: (extendee, number) => {
        const numbers = extensions.get(extendee) ?? new Map<number, string>();
        extensions.set(extendee, numbers);
        if (!numbers.has(number)) {
          numbers.set(number, file.name);
        }
      },
    });
  }
  return { symbols, messages, extensions };
}
