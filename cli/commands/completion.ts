import { Argument, Command, type Option } from 'commander';

const HELP = `
Prints a script for the shell. It completes commands, options, their choices, and the names of migrations.

Exit codes: 0 printed, 2 wrong usage.

Examples:
  $ source <(meshferry completion bash)                                        in ~/.bashrc
  $ source <(meshferry completion zsh)                                         in ~/.zshrc, after compinit
  $ meshferry completion fish > ~/.config/fish/completions/meshferry.fish`;

const SHELLS = { bash, zsh, fish } as const;

/**
 * `meshferry completion`: what a shell completes.
 *
 * @param program every command, made when asked for
 */
export function completionCommand(program: () => Command): Command {
  return new Command('completion')
    .description('print what bash, zsh or fish completes')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .addHelpText('after', HELP)
    .action((shell: keyof typeof SHELLS) => {
      process.stdout.write(SHELLS[shell](program().commands));
    });
}

/** Names of migrations, as files of the migrations' folder have them. It must take no time, so no program is asked. */
const NAMES = `find migrations -name '*.yaml' ! -name mesh.yaml 2>/dev/null | sed 's|^migrations/||; s|[.]yaml$||'`;

/** Whether a command is about migrations: then their names are its words, else files are. */
function takesNames(command: Command): boolean {
  return command.registeredArguments.some(({ description }) => description.startsWith('names of migrations'));
}

function choicesOfArguments(command: Command): readonly string[] {
  const subcommands = command.commands.map((each) => each.name());
  return [...subcommands, ...command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)];
}

function flags(option: Option): string[] {
  return [option.short, option.long].filter((flag): flag is string => flag !== undefined);
}

function options(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

function bash(commands: readonly Command[]): string {
  const afterOption = commands.flatMap((command) =>
    options(command)
      .filter(({ required, optional }) => required || optional)
      .map((option) => {
        const before = flags(option).map((flag) => `"${command.name()} ${flag}"`);
        return `    ${before.join('|')}) list='${(option.argChoices ?? []).join(' ')}' ;;`;
      }),
  );
  const others = commands.map((command) => {
    const words = [...options(command).flatMap(flags), ...choicesOfArguments(command)].join(' ');
    return `    "${command.name()} "*) list='${words}'${takesNames(command) ? '; list+=" $(_meshferry_names)"' : ''} ;;`;
  });
  return `_meshferry_names() {
  ${NAMES}
}
_meshferry() {
  local list= word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    list='${commands.map((command) => command.name()).join(' ')} --help --version'
  else
    case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${[...afterOption, ...others].join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$list" -- "$word"))
}
complete -o default -F _meshferry meshferry
`;
}

/** zsh runs what is written for bash. */
function zsh(commands: readonly Command[]): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
}

function fish(commands: readonly Command[]): string {
  const line = (...words: string[]) => `complete -c meshferry ${words.join(' ')}`;
  const each = commands.flatMap((command) => {
    const seen = `-n '__fish_seen_subcommand_from ${command.name()}'`;
    const words = [
      ...choicesOfArguments(command),
      ...(takesNames(command) ? ['(__meshferry_names)'] : []),
    ].join(' ');
    return [
      line('-n __fish_use_subcommand', '-f', `-a ${command.name()}`, `-d ${quoted(command.description())}`),
      ...(words ? [line(seen, '-f', `-a '${words}'`)] : []),
      ...options(command).map(({ short, long, argChoices, required, optional, description }) =>
        line(
          seen,
          ...(short ? [`-s ${short.slice(1)}`] : []),
          ...(long ? [`-l ${long.slice(2)}`] : []),
          ...(argChoices ? [`-x -a '${argChoices.join(' ')}'`] : required || optional ? ['-r'] : []),
          `-d ${quoted(description)}`,
        ),
      ),
    ];
  });
  return `function __meshferry_names\n  ${NAMES}\nend\n${each.join('\n')}\n`;
}

/** A text as one word of fish. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
