// Runs a module, such as pytest, on CPython in WebAssembly:
// node run.mjs PYODIDE PACKAGES PROJECT MODULE [arguments]
//
// The folders are mounted under their own names, so that paths in reports and in
// editable installs are right in there too.  Nothing is fetched.

import { pathToFileURL } from "node:url";

const [pyodide, packages, project, ...argv] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));

const env = {
  PYTHONDONTWRITEBYTECODE: "1",
  HYPOTHESIS_PROFILE: process.env.HYPOTHESIS_PROFILE || "quick", // it is slow here
};

const python = await loadPyodide({ env });
for (const folder of [packages, project]) {
  python.FS.mkdirTree(folder);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, folder);
}
python.FS.chdir(project);

const run = python.runPython(`
import runpy, site, sys

def run(packages, argv):
    site.addsitedir(packages)  # which reads .pth files, as PYTHONPATH does not
    sys.path.insert(0, "")
    sys.argv = list(argv)
    try:
        runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0

run
`);
try {
  process.exitCode = run(packages, python.toPy(argv));
} catch (error) {
  console.error(error.message); // node would print all of Pyodide's source with it
  process.exitCode = 1;
}
