/** Reads and writes commands of a POSIX shell. */

/** The arguments of the first command in a text, without its quotes. */
export function argumentsOf(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const add = (text: string) => (word = (word ?? "") + text);
  const pattern =
    /\\\r?\n|\\([^])|\$'((?:\\[^]|[^'\\])*)'|'([^']*)'|"((?:\\[^]|[^"\\])*)"|(\s+)|([^\s\\'"$]+|\$)/g;
  for (const [all, escaped, ansi, single, double, space, plain] of command.matchAll(pattern)) {
    if (escaped !== undefined) add(escaped);
    else if (ansi !== undefined)
      add(ansi.replaceAll(/\\(x[\da-f]{2}|u[\da-f]{4}|[^])/gi, unescaped));
    else if (single !== undefined) add(single);
    else if (double !== undefined) add(double.replaceAll(/\\([\\"$`])|\\\r?\n/g, "$1"));
    else if (plain !== undefined) add(plain);
    else if (space !== undefined && word !== undefined) {
      words.push(word);
      word = undefined;
    } else if (all === "") break;
  }
  return word === undefined ? words : [...words, word];
}

const ESCAPES: { readonly [letter: string]: string } = { n: "\n", r: "\r", t: "\t", 0: "\0" };

function unescaped(_: string, code: string): string {
  if (/^[xu]./i.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
  return ESCAPES[code] ?? code;
}

/** A text as one argument. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
