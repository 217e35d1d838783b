"""Print as JSON what nicepy makes of a floor; run in nicepy's own environment, in the folder of its configuration."""

import json
import sys

from NicePy import Agents

agents = Agents.GetAgents()
sys.stdout.write(
    json.dumps(
        {
            "states": Agents.GetAgentStates(),
            "agents": agents,
            "by_login": [Agents.AgentByLogin(agents, agent["userName"]) for agent in agents],
            "by_uuid": [Agents.AgentByUUID(agents, agent["userId"]) for agent in agents],
            "active": Agents.GetAgents(includeFields="agentId", isActive=True),
            "skills": Agents.GetAgentSkillAssignments(),
        }
    )
)
