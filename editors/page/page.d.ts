// What the studio's scripts find in the page beside each other and the report's.
declare const attndslEditor: typeof import("./editor.js");
declare const LANGUAGE: {
  keywords: string[];
  builtIn: string[];
  tables?: { [name: string]: string };
};
