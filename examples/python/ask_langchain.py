"""LangChain: a model within a chain, by its callback."""

from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from tokenboard.langchain import Callback

chain = ChatPromptTemplate.from_template("How far is the {what}?") | ChatOpenAI(model="gpt-4o")

print(chain.invoke({"what": "moon"}, config={"callbacks": [Callback()]}).content)
