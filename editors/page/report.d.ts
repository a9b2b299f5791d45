// What report/write.py puts before the scripts of the page.
declare const LANGUAGE: {
  keywords: string[];
  builtIn: string[];
  tables?: { [name: string]: string };
};
