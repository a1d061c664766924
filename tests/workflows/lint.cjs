// lint.cjs FILE…: what actionlint and the published schemas of workflows and actions have to say, as JSON:
// [[file, line or null, message], …].
const { readFileSync } = require("node:fs");
const tools = `${process.env.TOOLS}/node_modules`;
const { createLinter } = require(`${tools}/actionlint/node.cjs`);
const validator = require(`${tools}/@action-validator/core`);

createLinter().then((actionlint) => {
  const found = [];
  for (const file of process.argv.slice(2)) {
    const text = readFileSync(file, "utf8");
    const isAction = file.endsWith("action.yml");
    const judged = isAction ? validator.validateAction(text) : validator.validateWorkflow(text);
    for (const error of judged.errors) found.push([file, null, JSON.stringify(error)]);
    if (isAction) continue; // actionlint knows workflows only
    for (const { line, message } of actionlint(text, file)) found.push([file, line, message]);
  }
  console.log(JSON.stringify(found));
  process.exit(0);
});
