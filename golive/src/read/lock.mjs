import { gateText, readGate } from "./gate.ts";

// For programs whose types fill a compiler's memory already: the types are declared by hand in lock.d.mts.
export const askGate = async (question) => {
	const found = await readGate(question);
	const { isAdvisory, problems } = found;
	return { isAdvisory, problems, text: gateText(found) };
};
