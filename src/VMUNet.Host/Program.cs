using VMUNet.Host;
using VMUNet.Host.Commands;

ProcessEnvironment.Prepare();
return await VmunetCommand.RunAsync(args, Terminal.OfProcess());
