// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl completion: scripts for shells, and what they ask. */
#include <stdio.h>
#include <string.h>

#include "cli/cmdline/verb.h"
#include "cli/show/out.h"

/*
 * Names of guests are chosen by others, so nothing of an answer is evaluated (compgen -W would) and
 * what goes into the command line is quoted.
 */
static const char bash[] =
	"# bash completion of rasctl; made by rasctl completion bash\n"
	"_rasctl()\n"
	"{\n"
	"\tlocal answer line\n"
	"\tCOMPREPLY=()\n"
	"\tanswer=$(rasctl completion words -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
	"\tif (($? == 4)); then\n"
	"\t\tcompopt -o default 2>/dev/null\n"
	"\t\treturn\n"
	"\tfi\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tline=${line%%$'\\t'*}\n"
	"\t\t[[ $line != *[^A-Za-z0-9_.,:/@%+=-]* ]] || printf -v line %q \"$line\"\n"
	"\t\t[[ -z $line ]] || COMPREPLY+=(\"$line\")\n"
	"\tdone <<<\"$answer\"\n"
	"}\n"
	"complete -F _rasctl rasctl\n";

static const char zsh[] =
	"#compdef rasctl\n"
	"# zsh completion of rasctl; made by rasctl completion zsh\n"
	"_rasctl()\n"
	"{\n"
	"\tlocal answer line\n"
	"\tlocal -a found\n"
	"\tanswer=$(rasctl completion words -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
	"\tif (( $? == 4 )); then\n"
	"\t\t_files\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tfor line in \"${(@f)answer}\"; do\n"
	"\t\t[[ -z $line ]] || found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
	"\tdone\n"
	"\t_describe -t values rasctl found\n"
	"}\n"
	"if [[ $funcstack[1] == _rasctl ]]; then\n"
	"\t_rasctl \"$@\"\n"
	"else\n"
	"\tcompdef _rasctl rasctl\n"
	"fi\n";

static int run(const struct options *o)
{
	struct ras_err err;

	if (!strcmp(o->operand, "words"))
		return complete_print(o->operands + 1, o->n_operands - 1) ? EX_DONE : EX_NOT_FOUND;
	if (!strcmp(o->operand, "domains"))
		return complete_domains(&err) ? exit_code_of(&err) : EX_DONE; /* without a word */
	if (!strcmp(o->operand, "bash") || !strcmp(o->operand, "zsh")) {
		fputs(o->operand[0] == 'b' ? bash : zsh, stdout);
		return EX_DONE;
	}
	ras_fail(&err, RAS_E_PARAMS, "no completion for %.40s", o->operand);
	ras_hint(&err, "bash, zsh, domains or words");
	return out_error(o, &err);
}

static const char *const subjects[] = { "bash", "zsh", "domains", "words", NULL };

const struct verb verb_completion = {
	.name = "completion",
	.summary = "the completion of bash and zsh",
	.text = "bash, zsh: the script that make install installs. domains: the names of the "
		"guests, nothing if rasd does not answer at once. words: what the last WORD may "
		"become; exit status 4 says that it is a file.",
	.usage = "bash | zsh | domains\nwords -- WORD...",
	.group = GROUP_SELF,
	.operands = { { .name = "SUBJECT", .words = subjects } },
	.min_operands = 1,
	.any_operands = true,
	.examples = { "rasctl completion bash >~/.local/share/bash-completion/completions/rasctl",
		      "rasctl completion zsh >/usr/local/share/zsh/site-functions/_rasctl" },
	.run = run,
};
