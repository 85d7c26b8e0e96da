// Prints the rows of each query, one a line, the columns separated by |.
//
//	node query.mjs MODULES QUERY...
import { createRequire } from "node:module";
import path from "node:path";

const [modules, ...queries] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, "package.json"));
const { DuckDBInstance } = require("@duckdb/node-api");

const connection = await (await DuckDBInstance.create()).connect();
await connection.run("SET TimeZone = 'UTC'; SET threads = 1");
for (const query of queries) {
  const rows = await connection.runAndReadAll(query);
  for (const row of rows.getRowsJson()) {
    console.log(row.map((value) => (value === null ? "NULL" : value)).join("|"));
  }
}
