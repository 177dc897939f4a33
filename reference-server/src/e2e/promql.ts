/** A metric that an expression asks for. */
export interface Selector {
  readonly metric: string;
  /** Labels by name, with the values that are asked for; none for a pattern. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

/** What an expression of PromQL asks for. */
export interface Asked {
  readonly selectors: readonly Selector[];
  /** Labels of `by`, `without`, `on`, `ignoring` and the two groups. */
  readonly grouping: readonly string[];
}

const FUNCTIONS = new Set(
  'abs absent avg avg_over_time ceil changes clamp_max clamp_min count delta deriv floor histogram_quantile idelta increase irate label_replace max max_over_time min min_over_time predict_linear quantile rate resets round scalar sort sort_desc stddev sum sum_over_time time topk bottomk vector'.split(
    ' ',
  ),
);
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const OPERATORS = new Set(['and', 'or', 'unless', 'bool', 'offset']);

const TOKEN =
  /\s*(?:(?<text>"(?:[^"\\]|\\.)*"|'[^']*')|(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:ms|[smhdwy])?)|(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?<sign>=~|!~|!=|==|>=|<=|[-+*/%^<>=(){}[\],]))/y;

interface Token {
  readonly kind: 'text' | 'number' | 'name' | 'sign';
  readonly text: string;
}

/** @throws Error where the text is no expression as far as this reader understands them: names, labels and brackets. */
export function askedBy(expression: string): Asked {
  const tokens = tokensOf(expression);
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  const open: string[] = [];
  let at = 0;
  const fail = (why: string): never => {
    throw new Error(`${expression}: ${why}`);
  };
  const sign = (text: string): boolean => tokens[at]?.kind === 'sign' && tokens[at]?.text === text;
  const take = (kind: Token['kind']): string => {
    const token = tokens[at++];
    return token?.kind === kind ? token.text : fail(`expected a ${kind}, found ${token?.text ?? 'the end'}`);
  };
  const expectSign = (text: string): void => {
    if (!sign(text)) {
      fail(`expected ${text}, found ${tokens[at]?.text ?? 'the end'}`);
    }
    at++;
  };

  function matchers(): Map<string, readonly string[]> {
    const labels = new Map<string, readonly string[]>();
    expectSign('{');
    while (!sign('}')) {
      const label = take('name');
      const operator = take('sign');
      const value = take('text').slice(1, -1);
      if (!['=', '!=', '=~', '!~'].includes(operator)) {
        fail(`${operator} compares no labels`);
      }
      const isPlain = operator === '=' || operator === '!=' || /^[\w|]+$/.test(value);
      labels.set(label, isPlain ? value.split('|') : []);
      if (!sign('}')) {
        expectSign(',');
      }
    }
    expectSign('}');
    return labels;
  }

  function names(): void {
    expectSign('(');
    while (!sign(')')) {
      grouping.push(take('name'));
      if (!sign(')')) {
        expectSign(',');
      }
    }
    expectSign(')');
  }

  while (at < tokens.length) {
    const token = tokens[at++] as Token;
    if (token.kind === 'sign' && '([{'.includes(token.text)) {
      open.push(token.text);
      if (token.text === '{') {
        fail('a selector without a name of a metric');
      }
    } else if (token.kind === 'sign' && ')]'.includes(token.text)) {
      if (open.pop() !== (token.text === ')' ? '(' : '[')) {
        fail(`${token.text} closes nothing`);
      }
    } else if (token.kind === 'name') {
      if (GROUPING.has(token.text)) {
        names();
      } else if (sign('(') || (tokens[at]?.kind === 'name' && GROUPING.has(tokens[at]?.text ?? ''))) {
        if (!FUNCTIONS.has(token.text)) {
          fail(`there is no function ${token.text}`);
        }
      } else if (!OPERATORS.has(token.text)) {
        selectors.push({ metric: token.text, labels: sign('{') ? matchers() : new Map() });
      }
    }
  }
  return open.length === 0 ? { selectors, grouping } : fail(`${open.at(-1)} is not closed`);
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (expression.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const groups = TOKEN.exec(expression)?.groups;
    if (groups === undefined) {
      throw new Error(`${expression}: cannot be read from "${expression.slice(from)}" on`);
    }
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined) as [
      Token['kind'],
      string,
    ];
    tokens.push({ kind, text });
  }
  return tokens;
}
