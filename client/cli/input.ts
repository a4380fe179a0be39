/** What commands read: JSON files, names of applications that have to be there, and what these answer. */
import { readFile } from 'node:fs/promises';

/** What is in a JSON file. */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

/** The answer about an application; throws where there is no such application. */
export function known<T>(name: string, answer: T | undefined): T {
  if (answer === undefined) throw new Error(`there is no application ${name} (joinery app list)`);
  return answer;
}

/** An application's failure with what to do about it. */
export function withRemedy<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error: Error & { remedy?: string }) => {
    throw error.remedy ? new Error(`${error.message}\n${error.remedy}`, { cause: error }) : error;
  });
}
