import { type DescMessage, isFieldSet, type Message, ScalarType } from '@bufbuild/protobuf';
import { fieldsOf } from './fields.ts';

/** Whether a message surely keeps a rule: `false` where it breaks it, and where that cannot be told. */
export type KeepsRule = (message: Message) => boolean;

type Value = boolean | number | string;
type Node = (message: Message) => Value;

/** Thrown where an expression needs what is not compiled. */
const UNSURE = Symbol('unsure');

const TOKEN =
  /\s*(?:(\d+)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(\|\||&&|[=!<>]=|[?:!<>+\-*/%.,()[\]{}]))/y;

/**
 * Compiles a rule in CEL as far as rules about the fields of one message usually go: comparisons of whole numbers, texts
 * and sizes of lists, `has`, and what joins them. What goes further (a text that is formatted for an error, say) is
 * compiled to something that is not sure.
 *
 * @returns `undefined` for what is no such expression at all.
 */
export function surelyCel(expression: string, desc: DescMessage): KeepsRule | undefined {
  const tokens = tokensOf(expression);
  if (tokens === undefined) {
    return undefined;
  }
  const parser = createParser(tokens, desc);
  const node = parser.conditional();
  if (!parser.isAtEnd()) {
    return undefined;
  }
  return (message) => {
    try {
      const value = node(message);
      // A rule says that all is well, or what is not.
      return value === true || value === '';
    } catch (reason) {
      if (reason === UNSURE) {
        return false;
      }
      throw reason;
    }
  };
}

function tokensOf(expression: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (expression.slice(TOKEN.lastIndex).trim() !== '') {
    const found = TOKEN.exec(expression);
    if (found === null) {
      return undefined;
    }
    tokens.push(found[0].trim());
  }
  return tokens;
}

const unsure: Node = () => {
  throw UNSURE;
};

function bool(value: Value): boolean {
  if (typeof value !== 'boolean') {
    throw UNSURE;
  }
  return value;
}

const COMPARISONS: Readonly<Record<string, (left: Value, right: Value) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** Reads an expression by the precedence that CEL gives its operators. */
function createParser(tokens: readonly string[], desc: DescMessage) {
  let at = 0;
  const take = (token: string): boolean => {
    const isNext = tokens[at] === token;
    at += isNext ? 1 : 0;
    return isNext;
  };

  function conditional(): Node {
    const condition = or();
    if (!take('?')) {
      return condition;
    }
    const yes = or();
    const no = take(':') ? conditional() : unsure;
    return (message) => (bool(condition(message)) ? yes(message) : no(message));
  }

  function or(): Node {
    let left = and();
    while (take('||')) {
      const [first, second] = [left, and()];
      left = (message) => bool(first(message)) || bool(second(message));
    }
    return left;
  }

  function and(): Node {
    let left = relation();
    while (take('&&')) {
      const [first, second] = [left, relation()];
      left = (message) => bool(first(message)) && bool(second(message));
    }
    return left;
  }

  function relation(): Node {
    const left = sum();
    const operator = tokens[at] ?? '';
    const compare = COMPARISONS[operator];
    if (compare === undefined) {
      return left;
    }
    at++;
    const right = sum();
    const isEquality = operator === '==' || operator === '!=';
    return (message) => {
      const [one, other] = [left(message), right(message)];
      // The order of texts is that of characters in CEL, and of units here.
      if (typeof one !== typeof other || (typeof one === 'string' && !isEquality)) {
        throw UNSURE;
      }
      return compare(one, other);
    };
  }

  function sum(): Node {
    let left = unary();
    while (take('+')) {
      const [first, second] = [left, unary()];
      left = (message) => {
        const [one, other] = [first(message), second(message)];
        if (typeof one !== 'number' || typeof other !== 'number') {
          throw UNSURE;
        }
        return one + other;
      };
    }
    return left;
  }

  function unary(): Node {
    if (!take('!')) {
      return primary();
    }
    const negated = unary();
    return (message) => !bool(negated(message));
  }

  function primary(): Node {
    const token = tokens[at++] ?? '';
    if (token === '(') {
      const inner = conditional();
      return take(')') ? inner : broken();
    }
    if (/^\d+$/.test(token)) {
      const value = Number(token);
      return Number.isSafeInteger(value) ? () => value : unsure;
    }
    if (/^["']/.test(token)) {
      const text = token.slice(1, -1);
      return called(text.includes('\\') ? unsure : () => text);
    }
    if (token === 'has' && take('(')) {
      const { field } = take('this') && take('.') ? named() : { field: undefined };
      return take(')') && field !== undefined ? (message) => isFieldSet(message, field) : broken();
    }
    if (token === 'this' && take('.')) {
      return ofField(named());
    }
    return broken();
  }

  function named() {
    const name = tokens[at++];
    return { field: desc.fields.find((field) => field.name === name) };
  }

  function ofField({ field }: ReturnType<typeof named>): Node {
    if (field === undefined) {
      return broken();
    }
    const { localName } = field;
    if (field.fieldKind === 'list' && tokens[at] === '.' && tokens[at + 1] === 'size') {
      at += 2;
      return take('(') && take(')')
        ? called((message) => (fieldsOf(message)[localName] as readonly unknown[]).length)
        : broken();
    }
    const isPlain =
      field.fieldKind === 'scalar' &&
      field.oneof === undefined &&
      [ScalarType.INT32, ScalarType.BOOL, ScalarType.STRING].includes(field.scalar);
    return called(isPlain ? (message) => fieldsOf(message)[localName] as Value : unsure);
  }

  /** What is done with a value by a method is not compiled: it is read over. */
  function called(node: Node): Node {
    let result = node;
    while (take('.')) {
      at++;
      result = unsure;
      if (take('(')) {
        for (let depth = 1; depth > 0 && at < tokens.length; at++) {
          depth += tokens[at] === '(' ? 1 : tokens[at] === ')' ? -1 : 0;
        }
      }
    }
    return result;
  }

  /** Nothing that follows is read: the end is not reached, and nothing comes of it. */
  function broken(): Node {
    at = tokens.length + 1;
    return unsure;
  }

  return { conditional, isAtEnd: () => at === tokens.length };
}
