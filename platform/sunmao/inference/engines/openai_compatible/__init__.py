"""Any server that speaks OpenAI's chat completions: vLLM, SGLang, Ollama, llama.cpp, a cloud."""

from sunmao.inference.engines.openai_compatible.engine import OpenAiCompatibleEngine

__all__ = ["OpenAiCompatibleEngine"]
