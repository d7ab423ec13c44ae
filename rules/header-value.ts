/** Where a reader of a header's value is. */
type State = 'text' | 'variable' | 'arguments' | 'string' | 'in string' | 'after string' | 'end' | 'percent';

/**
 * Why Envoy would not take a text as the value of a header, undefined where it would. It replaces `%NAME%`,
 * `%NAME(argument)%` and `%NAME(["argument", "argument"])%`; a percent sign is written twice.
 */
export function headerValueProblem(value: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what no header may hold
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) return 'holds a control character';
  let state: State = 'text';
  for (let index = 0; index < value.length; index++) {
    const character = value[index] ?? '';
    const next = value[index + 1];
    switch (state) {
      case 'text':
        if (character !== '%') break;
        if (next === undefined) return 'ends with a single %';
        if (next === '%') index++;
        else state = 'variable';
        break;
      case 'variable':
        if (character === '%') state = 'text';
        else if (character === '(') state = 'arguments';
        break;
      case 'arguments':
        if (character === '[') state = 'string';
        else if (character !== ' ') state = 'in string';
        break;
      case 'string':
        if (character === '"') state = 'in string';
        else if (character !== ' ') return 'has a variable whose arguments are not in quotes';
        break;
      case 'in string':
        if (character === '\\' && next === undefined) return 'ends with a backslash';
        if (character === '\\') index++;
        else if (character === ')') state = 'percent';
        else if (character === '"') state = 'after string';
        break;
      case 'after string':
        if (character === ',') state = 'string';
        else if (character === ']') state = 'end';
        else if (character !== ' ') return 'has a variable whose arguments are not separated by commas';
        break;
      case 'end':
        if (character === ')') state = 'percent';
        else if (character !== ' ') return 'has a variable whose arguments do not end with ")"';
        break;
      case 'percent':
        if (character === '%') state = 'text';
        else if (character !== ' ') return 'has a variable that does not end with %';
        break;
    }
  }
  return state === 'text' ? undefined : 'has a single %, or a variable that does not end';
}
